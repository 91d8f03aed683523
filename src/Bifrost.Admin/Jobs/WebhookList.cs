using System.Text.Json;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Jobs.Webhooks;

namespace Bifrost.Admin.Jobs;

/// <summary>What admins are shown of webhook endpoints, wherever they come from. Never a secret.</summary>
internal sealed class WebhookList(WebhookEndpoints endpoints, ICatalog catalog, WebhookSecrets secrets)
{
    public IEnumerable<ShownWebhook> All() => endpoints.Configured.Select(ShownWebhook.Of)
        .Concat(catalog.Current.Webhooks.Values.Where(made => !endpoints.IsConfigured(made.Name)).Select(Shown))
        .OrderBy(shown => shown.Name, StringComparer.Ordinal);

    public ShownWebhook? Find(string name) => All().FirstOrDefault(shown => shown.Name == name);

    public bool IsConfigured(string name) => endpoints.IsConfigured(name);

    private ShownWebhook Shown(Webhook made) => ShownWebhook.Of(made, secrets.Find(made) is not null);
}

/// <summary>One endpoint as it is shown.</summary>
/// <param name="Source"><c>config</c> or <c>admin</c>.</param>
/// <param name="SecretFrom">Where servers find the secret: <c>env.NAME</c>, <c>generated</c>, or <c>config</c>.</param>
/// <param name="HasSecret">Whether this server finds it; without it, the endpoint is told of nothing from here.</param>
internal sealed record ShownWebhook(
    string Name, Uri Url, bool Enabled, bool AllowPrivateNetwork, string Source, string SecretFrom, bool HasSecret,
    DateTimeOffset? CreatedAt = null, DateTimeOffset? UpdatedAt = null)
{
    public static ShownWebhook Of(WebhookEndpoint one) => new(one.Name, one.Url, one.Enabled, one.AllowPrivateNetwork, "config", "config", true);

    public static ShownWebhook Of(Webhook one, bool hasSecret) => new(
        one.Name, one.Url, one.Enabled, one.AllowPrivateNetwork, "admin",
        one.SecretVariable is { } variable ? WebhookSecrets.VariablePrefix + variable : "generated", hasSecret, one.CreatedAt, one.UpdatedAt);

    /// <param name="json">Where it goes.</param>
    /// <param name="secret">The secret, where it was just made.</param>
    public void Write(Utf8JsonWriter json, string? secret = null)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, Name);
        json.WriteString("url"u8, Url.ToString());
        json.WriteBoolean("enabled"u8, Enabled);
        json.WriteBoolean("allow_private_network"u8, AllowPrivateNetwork);
        json.WriteString("source"u8, Source);
        json.WriteString("secret_from"u8, SecretFrom);
        json.WriteBoolean("has_secret"u8, HasSecret);
        if (secret is not null) json.WriteString("secret"u8, secret);
        json.TimeOrNull("created_at", CreatedAt);
        json.TimeOrNull("updated_at", UpdatedAt);
        json.WriteEndObject();
    }
}
