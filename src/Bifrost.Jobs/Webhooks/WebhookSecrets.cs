using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;

namespace Bifrost.Jobs.Webhooks;

/// <summary>
/// Where this process finds the secrets of endpoints that admins made: in its environment, or derived from the key that all servers are
/// configured with. The store has neither, so a reader of the store cannot sign anything.
/// </summary>
/// <param name="key">The servers' key (<c>encryption_key</c>); null: there is none, and none can be made.</param>
/// <param name="environment">Reads an environment variable; null when it is not set.</param>
public sealed class WebhookSecrets(string? key, Func<string, string?> environment)
{
    /// <summary>What begins a secret that stands in the environment.</summary>
    public const string VariablePrefix = "env.";

    /// <summary>
    /// What begins the name of every variable that an admin may name: the others of the environment, the admin token and providers' keys among
    /// them, are not to be tried out by deliveries that are signed with them. The configuration may name any.
    /// </summary>
    public const string VariablesOfAdmins = "BIFROST_WEBHOOK_";

    public const int BytesMin = 16;

    private const int SaltBytes = 32;

    public static readonly WebhookSecrets None = new(null, static _ => null);

    /// <summary>Whether secrets can be made here.</summary>
    public bool CanMake => key is not null;

    /// <summary>The endpoint with a new secret of its own, and that secret as its receiver needs it.</summary>
    public (Webhook Webhook, string Secret) Renew(Webhook webhook)
    {
        var salted = webhook with { SecretVariable = null, Salt = [.. RandomNumberGenerator.GetBytes(SaltBytes)] };
        var derived = Derive(salted);
        return (salted with { SecretHash = [.. SHA256.HashData(derived)] }, WebhookSignature.TextOf(derived));
    }

    /// <summary>Why a variable cannot be used; null when it can. Servers that lack it do not tell the endpoint of anything.</summary>
    public string? RefuseVariable(string variable) => IsOfAdmins(variable)
        ? RefuseValue(variable)
        : $"names an environment variable that does not begin with {VariablesOfAdmins}; the configuration may name any, this call only those";

    private string? RefuseValue(string variable) => environment(variable) switch
    {
        null or "" => $"names the environment variable {variable}, which this server does not have; set it on every server",
        var text when WebhookSignature.KeyOf(text) is not { Length: >= BytesMin } =>
            $"names the environment variable {variable}, whose value is no secret of at least {BytesMin} bytes",
        _ => null,
    };

    /// <summary>The key of its signatures; null: this server does not have it.</summary>
    public byte[]? Find(Webhook webhook)
    {
        if (webhook.SecretVariable is { } variable)
            return IsOfAdmins(variable)
                && environment(variable) is { Length: > 0 } text && WebhookSignature.KeyOf(text) is { Length: >= BytesMin } found ? found : null;
        if (key is null) return null;
        var derived = Derive(webhook);
        return SHA256.HashData(derived).AsSpan().SequenceEqual(webhook.SecretHash.AsSpan()) ? derived : null;
    }

    private static bool IsOfAdmins(string variable) =>
        variable.StartsWith(VariablesOfAdmins, StringComparison.Ordinal) && variable.Length > VariablesOfAdmins.Length;

    private byte[] Derive(Webhook webhook)
    {
        var from = Encoding.UTF8.GetBytes(key ?? throw new InvalidOperationException("There is no key to derive a secret from."));
        byte[] what = [.. Encoding.UTF8.GetBytes($"bifrost webhook {webhook.Name} "), .. webhook.Salt];
        return HMACSHA256.HashData(from, what);
    }
}
