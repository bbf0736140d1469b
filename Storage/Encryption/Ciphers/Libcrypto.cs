using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Helios.Pipeline.Storage;

/// <summary>The calls of OpenSSL's libcrypto that AES-GCM takes, found at run time: the library that the runtime itself uses, or none.</summary>
/// <remarks>
/// As ordinary calls: leaving out the collector's bookkeeping (SuppressGCTransition) saved 1 to 6 percent of a short value, and would keep the
/// collector waiting.
/// </remarks>
internal static unsafe class Libcrypto
{
    public const int Get16ByteTag = 0x10, Set16ByteTag = 0x11; // EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG

    private static readonly string[] s_symbols =
    [
        "EVP_aes_256_gcm", "EVP_CIPHER_CTX_new", "EVP_CIPHER_CTX_free", "ERR_clear_error",
        "EVP_CipherInit_ex", "EVP_CipherUpdate", "EVP_CipherFinal_ex", "EVP_CIPHER_CTX_ctrl",
    ];

    private static readonly nint s_library = Load(); // after the names, before the calls: fields are set in this order

    public static readonly bool IsAvailable = s_library != 0;

    public static readonly delegate* unmanaged<nint> Aes256Gcm = (delegate* unmanaged<nint>)Find("EVP_aes_256_gcm");
    public static readonly delegate* unmanaged<nint> NewContext = (delegate* unmanaged<nint>)Find("EVP_CIPHER_CTX_new");
    public static readonly delegate* unmanaged<nint, void> FreeContext = (delegate* unmanaged<nint, void>)Find("EVP_CIPHER_CTX_free");
    public static readonly delegate* unmanaged<void> ClearErrors = (delegate* unmanaged<void>)Find("ERR_clear_error");

    // (context, cipher, engine, key, nonce, 1 = encrypt)
    public static readonly delegate* unmanaged<nint, nint, nint, byte*, byte*, int, int> Begin =
        (delegate* unmanaged<nint, nint, nint, byte*, byte*, int, int>)Find("EVP_CipherInit_ex");

    // (context, output or null for additional data, length of output, input, length)
    public static readonly delegate* unmanaged<nint, byte*, int*, byte*, int, int> Update =
        (delegate* unmanaged<nint, byte*, int*, byte*, int, int>)Find("EVP_CipherUpdate");

    public static readonly delegate* unmanaged<nint, byte*, int*, int> Finish =
        (delegate* unmanaged<nint, byte*, int*, int>)Find("EVP_CipherFinal_ex");

    // (context, what, length, bytes)
    public static readonly delegate* unmanaged<nint, int, int, byte*, int> Control =
        (delegate* unmanaged<nint, int, int, byte*, int>)Find("EVP_CIPHER_CTX_ctrl");

    private static nint Load()
    {
        // Elsewhere the runtime does not use OpenSSL.
        if (!OperatingSystem.IsLinux())
            return 0;

        // The same library as the runtime's: two versions of OpenSSL in one process do not always bear each other.
        var name = (SafeEvpPKeyHandle.OpenSslVersion >> 28) switch
        {
            1 => "libcrypto.so.1.1",
            3 => "libcrypto.so.3",
            _ => null,
        };
        if (name is null || !NativeLibrary.TryLoad(name, out var library))
            return 0;
        return s_symbols.All(symbol => NativeLibrary.TryGetExport(library, symbol, out _)) ? library : 0;
    }

    private static nint Find(string symbol) => s_library == 0 ? 0 : NativeLibrary.GetExport(s_library, symbol);
}
