namespace Helios.Pipeline.Storage;

/// <summary>What is said about bytes that do not decrypt.</summary>
internal static class EncryptionErrors
{
    public static HeliosException UnknownKey(string what, uint keyId, string path) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"{what} is encrypted with data key {keyId}, which {path} does not have: the key file is older than the data, or the bytes are damaged. Nothing of it was read.");

    public static HeliosException NotAuthentic(string what) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"{what} does not verify: it was changed, or it stood in another place. Nothing of it was read.");

    public static HeliosException TooShort(string what, int length) => new(HeliosErrorKind.Corrupt, "corrupt",
        $"{what} is no encrypted value: it has {length} bytes. Nothing of it was read.");

    public static HeliosException TooNew(string what, int format) => new(HeliosErrorKind.Unavailable, "format_too_new",
        $"{what} is encrypted in format {format}, which this version does not know. Nothing was changed: use a newer version.");
}
