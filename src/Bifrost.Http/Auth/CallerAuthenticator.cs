using System.Security.Cryptography;
using System.Text;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.Primitives;

namespace Bifrost.Http.Auth;

/// <summary>
/// Turns the credential of a request into a caller (contract section 2). Precedence: <c>x-bf-vk</c>, which may carry a key of any form;
/// then the first of <c>Authorization: Bearer</c>, <c>x-api-key</c>, <c>x-goog-api-key</c>, <c>api-key</c> that begins with
/// <c>sk-bf-</c>; then, where direct keys are allowed, the Bearer as the provider's own key.
/// </summary>
public sealed class CallerAuthenticator(KeyRing ring, AdminAuthenticator admins, CallerAuthOptions options)
{
    public const string SecretPrefix = "sk-bf-";
    private const int SecretCharsMax = 512;

    /// <summary>The answer to a key that is not valid where no grain is asked.</summary>
    public static readonly GatewayError Blocked = new()
    {
        Status = StatusCodes.Status403Forbidden,
        Type = ErrorTypes.AccessBlocked,
        Message = "The virtual key is inactive, expired or revoked.",
    };

    private static readonly string[] s_carriers = ["x-api-key", "x-goog-api-key", "api-key"];

    private static readonly GatewayError s_required = new()
    {
        Status = StatusCodes.Status401Unauthorized,
        Type = ErrorTypes.VirtualKeyRequired,
        Message = "No credential was sent. Send a virtual key as 'Authorization: Bearer sk-bf-...' or in the header x-bf-vk.",
        Code = "invalid_api_key",
    };

    private static readonly GatewayError s_invalid = new()
    {
        Status = StatusCodes.Status401Unauthorized,
        Type = ErrorTypes.InvalidCredentials,
        Message = "The credential is of no known kind. A virtual key begins with sk-bf-.",
        Code = "invalid_api_key",
    };

    private static readonly GatewayError s_adminToken = s_invalid with
    {
        Message = "An admin token does not open inference. Send a virtual key, which begins with sk-bf-.",
    };

    private static readonly GatewayError s_ambiguous = s_invalid with
    {
        Message = "A credential header was sent more than once. Send one virtual key.",
    };

    private static readonly GatewayError s_notFound = new()
    {
        Status = StatusCodes.Status403Forbidden,
        Type = ErrorTypes.AccessNotFound,
        Message = "The virtual key is not known.",
        Code = "invalid_api_key",
    };

    private readonly Caller _anonymous = new() { VirtualKeyId = AnonymousKey.For(options.SiloName) };

    /// <summary>The caller; or the refusal, and then <paramref name="caller"/> is meaningless.</summary>
    public GatewayError? Identify(IHeaderDictionary headers, out Caller caller)
    {
        caller = _anonymous;
        if (headers.TryGetValue("x-bf-vk", out var own) && !StringValues.IsNullOrEmpty(own)) return ByKey(own, ref caller);

        var authorization = headers.Authorization;
        var bearer = BearerToken.In(authorization);
        if (authorization.Count > 1) return s_ambiguous;
        if (bearer.StartsWith(SecretPrefix, StringComparison.OrdinalIgnoreCase)) return ByKey(bearer, ref caller);

        var shown = authorization.Count > 0;
        foreach (var carrier in s_carriers)
        {
            if (!headers.TryGetValue(carrier, out var values) || StringValues.IsNullOrEmpty(values)) continue;
            shown = true;
            if (values.Count > 1) return s_ambiguous;
            if (values[0].AsSpan().StartsWith(SecretPrefix, StringComparison.OrdinalIgnoreCase)) return ByKey(values, ref caller);
        }

        // It opens nothing here, and above all it never goes upstream as a provider's key.
        if (!bearer.IsEmpty && admins.IsAdminToken(bearer)) return s_adminToken;
        if (options.AllowDirectKeys && !bearer.IsEmpty)
        {
            caller = _anonymous with { DirectKey = bearer.ToString() };
            return null;
        }

        if (!options.EnforceAuth) return null;
        return shown ? s_invalid : s_required;
    }

    private GatewayError? ByKey(StringValues values, ref Caller caller) =>
        values.Count == 1 ? ByKey(values[0].AsSpan().Trim(), ref caller) : s_ambiguous;

    private GatewayError? ByKey(ReadOnlySpan<char> secret, ref Caller caller)
    {
        if (secret.Length <= SecretCharsMax)
        {
            Span<byte> utf8 = stackalloc byte[SecretCharsMax * 3];
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            var length = Encoding.UTF8.GetBytes(secret, utf8);
            SHA256.HashData(utf8[..length], hash);
            utf8[..length].Clear();
            if (ring.Find(hash) is { } found)
            {
                caller = found;
                return null;
            }

            if (ring.WasRevoked(hash)) return Blocked;
        }

        return secret.StartsWith(SecretPrefix, StringComparison.OrdinalIgnoreCase) ? s_notFound : s_invalid;
    }
}
