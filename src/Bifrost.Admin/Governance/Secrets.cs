using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;

namespace Bifrost.Admin.Governance;

/// <summary>Makes secrets: 192 random bits after a prefix that tells what they open.</summary>
internal static class Secrets
{
    private const int HexDigits = 48;

    public static string NewVirtualKey() => "sk-bf-" + RandomNumberGenerator.GetHexString(HexDigits, lowercase: true);

    public static string NewAdminToken() => AdminToken.SecretPrefix + RandomNumberGenerator.GetHexString(HexDigits, lowercase: true);

    public static ImmutableArray<byte> Hash(string secret) => ImmutableArray.Create(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
