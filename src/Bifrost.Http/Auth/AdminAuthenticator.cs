using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Leases;

namespace Bifrost.Http.Auth;

/// <summary>
/// Opens admin routes to admin tokens alone (contract section 9): <c>Authorization: Bearer</c>, compared by hash in constant time.
/// Tokens of the catalog work only while this silo is sure of its catalog, so that a deleted one is dead everywhere.
/// </summary>
public sealed class AdminAuthenticator(ICatalog catalog, ILeaseBook book, AdminTokenOptions options)
{
    private const string KeyPrefix = "sk-bf-";
    private const int TokenCharsMax = 512;

    private static readonly GatewayError s_required = new()
    {
        Status = StatusCodes.Status401Unauthorized,
        Type = ErrorTypes.InvalidCredentials,
        Message = "This is an admin route. Send an admin token as 'Authorization: Bearer ...' (BIFROST_ADMIN_TOKEN, or the one printed at the first start).",
    };

    private static readonly GatewayError s_unknown = s_required with { Message = "The admin token is not known." };

    private static readonly GatewayError s_virtualKey = new()
    {
        Status = StatusCodes.Status403Forbidden,
        Type = ErrorTypes.AccessBlocked,
        Message = "A virtual key does not open admin routes. Send an admin token.",
    };

    private static readonly GatewayError s_unsure = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.LedgerUnavailable,
        Message = "The store cannot be reached, so admin tokens cannot be checked. The token of BIFROST_ADMIN_TOKEN works all the same.",
        RetryAfterMs = 1_000,
    };

    private readonly byte[]? _environment = options.Token is { } token ? SHA256.HashData(Encoding.UTF8.GetBytes(token)) : null;

    /// <summary>True when a token that needs no catalog is set.</summary>
    public bool HasEnvironmentToken => _environment is not null;

    /// <summary>The caller; or the refusal, and then <paramref name="caller"/> is null.</summary>
    public GatewayError? Identify(IHeaderDictionary headers, out AdminCaller? caller)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return Identify(BearerToken.In(headers.Authorization), out caller);
    }

    /// <summary>The caller who shows this token; or the refusal, and then <paramref name="caller"/> is null.</summary>
    public GatewayError? Identify(ReadOnlySpan<char> token, out AdminCaller? caller)
    {
        caller = null;
        if (token.IsEmpty || token.Length > TokenCharsMax) return s_required;
        caller = Find(token, catalog.Current);
        if (caller is null) return token.StartsWith(KeyPrefix, StringComparison.OrdinalIgnoreCase) ? s_virtualKey : Unknown();
        if (caller.TokenId == AdminTokenOptions.EnvironmentId || book.MayAdmit) return null;
        caller = null;
        return s_unsure;
    }

    /// <summary>Whether a credential that was shown on an inference route is an admin token: it opens nothing there and goes nowhere.</summary>
    public bool IsAdminToken(ReadOnlySpan<char> credential) =>
        credential.Length <= TokenCharsMax
        && (credential.StartsWith(AdminToken.SecretPrefix, StringComparison.Ordinal) || Find(credential, catalog.Current) is not null);

    private GatewayError Unknown() => book.MayAdmit ? s_unknown : s_unsure;

    private AdminCaller? Find(ReadOnlySpan<char> token, CatalogSnapshot now)
    {
        Span<byte> utf8 = stackalloc byte[TokenCharsMax * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var length = Encoding.UTF8.GetBytes(token, utf8);
        SHA256.HashData(utf8[..length], hash);
        utf8[..length].Clear();

        // Every token is compared, whichever fits.
        AdminCaller? found = null;
        if (_environment is not null && CryptographicOperations.FixedTimeEquals(_environment, hash))
            found = new AdminCaller(AdminTokenOptions.EnvironmentId, AdminRole.Admin);
        foreach (var one in now.AdminTokens.Values)
            if (CryptographicOperations.FixedTimeEquals(one.Hash.AsSpan(), hash)) found ??= new AdminCaller(one.Id, one.Role);
        return found;
    }
}
