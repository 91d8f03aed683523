using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Bifrost.Providers.Gemini.Tokens;

/// <summary>A service account's word of who it is: a JSON web token, signed with its key (RFC 7523, RS256).</summary>
internal static class SignedAssertion
{
    public const string Scope = "https://www.googleapis.com/auth/cloud-platform";

    /// <summary>How long it holds; an hour is the most that is taken.</summary>
    private const int LifeSeconds = 3_600;

    /// <summary>Throws <see cref="CryptographicException"/> or <see cref="ArgumentException"/> where the private key is none.</summary>
    public static string Write(GoogleCredential credential, DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        var header = Encoded(json =>
        {
            json.WriteString("alg"u8, "RS256"u8);
            json.WriteString("typ"u8, "JWT"u8);
            if (credential.PrivateKeyId.Length > 0) json.WriteString("kid"u8, credential.PrivateKeyId);
        });
        var claims = Encoded(json =>
        {
            json.WriteString("iss"u8, credential.Email);
            json.WriteString("scope"u8, Scope);
            json.WriteString("aud"u8, credential.TokenUrl.AbsoluteUri);
            json.WriteNumber("iat"u8, seconds);
            json.WriteNumber("exp"u8, seconds + LifeSeconds);
        });
        using var key = RSA.Create();
        key.ImportFromPem(credential.PrivateKey);
        var signature = key.SignData(Encoding.ASCII.GetBytes($"{header}.{claims}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{header}.{claims}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encoded(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }
}
