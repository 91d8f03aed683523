using System.Text.Json;

namespace Bifrost.Providers.Gemini.Tokens;

/// <summary>How a credential gets access tokens.</summary>
internal enum CredentialKind
{
    /// <summary>The identity of the machine, told by its metadata server.</summary>
    Machine,

    /// <summary>A private key that assertions are signed with.</summary>
    ServiceAccount,

    /// <summary>A token of another issuer, in a file, that is exchanged for one.</summary>
    External,
}

/// <summary>A credential as Google writes it down. Its text is a secret.</summary>
internal sealed record GoogleCredential
{
    /// <summary>
    /// Hosts that a credential may be sent to. What a credential itself names beyond them is refused: it would be sent wherever its author likes.
    /// </summary>
    private static readonly string[] s_hosts = ["oauth2.googleapis.com", "sts.googleapis.com", "iamcredentials.googleapis.com"];

    public required CredentialKind Kind { get; init; }

    public required Uri TokenUrl { get; init; }

    public string Email { get; init; } = "";
    public string PrivateKey { get; init; } = "";
    public string PrivateKeyId { get; init; } = "";
    public string Audience { get; init; } = "";
    public string SubjectTokenType { get; init; } = "";
    public string SubjectTokenFile { get; init; } = "";

    /// <summary>The member of the file's JSON that holds the token; empty: the file is the token.</summary>
    public string SubjectTokenField { get; init; } = "";

    /// <summary>Where the exchanged token is turned into one of a service account; null: it is used as it is.</summary>
    public Uri? ImpersonationUrl { get; init; }

    /// <param name="text">The credential; empty: the machine's identity.</param>
    /// <param name="tokenUrl">An address of the configuration, which takes the place of the one that the credential names.</param>
    /// <param name="fault">What is wrong, as the end of a sentence, without anything of the credential.</param>
    public static GoogleCredential? Read(string text, Uri? tokenUrl, out string fault)
    {
        fault = "";
        if (string.IsNullOrWhiteSpace(text)) return new GoogleCredential { Kind = CredentialKind.Machine, TokenUrl = tokenUrl ?? MachineTokens.Url };
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return Wrong("is no JSON object", out fault);
            var isService = Text(root, "type") == "service_account";
            if (!isService && Text(root, "type") != "external_account")
                return Wrong("has another type than service_account and external_account", out fault);
            var named = Text(root, isService ? "token_uri" : "token_url");
            var url = tokenUrl ?? Allowed(named.Length > 0 ? named : isService ? "https://oauth2.googleapis.com/token" : "https://sts.googleapis.com/v1/token");
            if (url is null)
                return Wrong("gets its tokens from a host that is none of Google's; set token_url in vertex_key_config if that is meant", out fault);
            return isService ? Service(root, url, out fault) : External(root, url, tokenUrl is not null, out fault);
        }
        catch (JsonException)
        {
            return Wrong("is no JSON", out fault);
        }
    }

    private static GoogleCredential? Service(JsonElement root, Uri url, out string fault)
    {
        fault = "";
        var credential = new GoogleCredential
        {
            Kind = CredentialKind.ServiceAccount,
            TokenUrl = url,
            Email = Text(root, "client_email"),
            PrivateKey = Text(root, "private_key"),
            PrivateKeyId = Text(root, "private_key_id"),
        };
        return credential.Email.Length > 0 && credential.PrivateKey.Length > 0 ? credential : Wrong("lacks client_email or private_key", out fault);
    }

    private static GoogleCredential? External(JsonElement root, Uri url, bool isTokenUrlSet, out string fault)
    {
        fault = "";
        if (!root.TryGetProperty("credential_source", out var source) || Text(source, "file").Length == 0)
            return Wrong("has no credential_source with a file", out fault);
        var impersonation = Text(root, "service_account_impersonation_url");
        var impersonationUrl = impersonation.Length == 0 ? null : isTokenUrlSet ? url : Allowed(impersonation);
        if (impersonation.Length > 0 && impersonationUrl is null) return Wrong("names a host for impersonation that is none of Google's", out fault);
        return new GoogleCredential
        {
            Kind = CredentialKind.External,
            TokenUrl = url,
            Audience = Text(root, "audience"),
            SubjectTokenType = Text(root, "subject_token_type"),
            SubjectTokenFile = Text(source, "file"),
            SubjectTokenField = source.TryGetProperty("format", out var format) && Text(format, "type") == "json"
                ? Text(format, "subject_token_field_name") : "",
            ImpersonationUrl = impersonationUrl,
        };
    }

    private static Uri? Allowed(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.IsDefaultPort && uri.UserInfo.Length == 0
        && s_hosts.Contains(uri.Host, StringComparer.OrdinalIgnoreCase) ? uri : null;

    private static string Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()! : "";

    private static GoogleCredential? Wrong(string what, out string fault)
    {
        fault = what;
        return null;
    }

    public override string ToString() => $"GoogleCredential {Kind}";
}
