using System.Security.Cryptography;
using System.Text;

namespace Bifrost.Catalog.Model;

/// <summary>Makes secrets, 192 random bits after a prefix that tells what they open, and the hashes that are kept of them.</summary>
public static class Secrets
{
    /// <summary>Bifrost's prefix of virtual keys (contract section 2).</summary>
    public const string VirtualKeyPrefix = "sk-bf-";

    private const int HexDigits = 48;

    public static string NewVirtualKey() => VirtualKeyPrefix + RandomNumberGenerator.GetHexString(HexDigits, lowercase: true);

    public static string NewAdminToken() => AdminToken.SecretPrefix + RandomNumberGenerator.GetHexString(HexDigits, lowercase: true);

    /// <summary>SHA-256 of the whole secret, 32 bytes.</summary>
    public static ImmutableArray<byte> Hash(string secret) => ImmutableArray.Create(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
