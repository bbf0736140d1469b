using System.Diagnostics;
using System.Runtime.InteropServices;
using RocksDbSharp;

namespace Helios.Pipeline.Storage;

/// <summary>The four calls that a scan makes for every row, straight into the native library.</summary>
/// <remarks>
/// The binding's own calls go through a virtual method and a transition that the garbage collector may wait at: measured, 100 of the 375 ns that a
/// row takes. Key, value and valid only read fields, so they need no transition; next may read a file, so it keeps its own.
/// Where the library cannot be found among the process's modules, the binding's calls take their place.
/// </remarks>
internal static unsafe class IteratorCalls
{
    private static readonly nint s_library = Find();
    private static readonly delegate* unmanaged[Cdecl]<nint, void> s_next = (delegate* unmanaged[Cdecl]<nint, void>)Export("rocksdb_iter_next");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, byte> s_valid = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, byte>)Export("rocksdb_iter_valid");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, nuint*, byte*> s_key = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, nuint*, byte*>)Export("rocksdb_iter_key");
    private static readonly delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, nuint*, byte*> s_value = (delegate* unmanaged[Cdecl, SuppressGCTransition]<nint, nuint*, byte*>)Export("rocksdb_iter_value");

    /// <summary>Are they made without the binding?</summary>
    public static bool AreDirect => s_next != null;

    public static void Next(nint iterator)
    {
        if (s_next != null)
            s_next(iterator);
        else
            Native.Instance.rocksdb_iter_next(iterator);
    }

    public static bool IsValid(nint iterator) => (s_valid != null ? s_valid(iterator) : Native.Instance.rocksdb_iter_valid(iterator)) != 0;

    /// <summary>Valid until the iterator moves.</summary>
    public static ReadOnlySpan<byte> Key(nint iterator)
    {
        nuint length;
        var key = s_key != null ? s_key(iterator, &length) : (byte*)Native.Instance.rocksdb_iter_key(iterator, out length);
        return new ReadOnlySpan<byte>(key, (int)length);
    }

    /// <inheritdoc cref="Key"/>
    public static ReadOnlySpan<byte> Value(nint iterator)
    {
        nuint length;
        var value = s_value != null ? s_value(iterator, &length) : (byte*)Native.Instance.rocksdb_iter_value(iterator, out length);
        return new ReadOnlySpan<byte>(value, (int)length);
    }

    private static nint Export(string name) => s_library != 0 && NativeLibrary.TryGetExport(s_library, name, out var address) ? address : 0;

    /// <summary>The library that the binding has loaded: by its own path, so that no second copy comes in.</summary>
    private static nint Find()
    {
        GC.KeepAlive(Native.Instance); // it loads the library
        using var process = Process.GetCurrentProcess();
        foreach (ProcessModule module in process.Modules)
        {
            if (module.ModuleName.Contains("rocksdb", StringComparison.OrdinalIgnoreCase) && NativeLibrary.TryLoad(module.FileName, out var library)
                && NativeLibrary.TryGetExport(library, "rocksdb_iter_value", out _))
                return library; // stays loaded as long as the process
        }

        return 0;
    }
}
