using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;
using Bifrost.Jobs.Webhooks;

namespace Bifrost.Admin.Jobs;

/// <summary>
/// <c>/api/webhooks/endpoints</c>: making, changing and deleting endpoints. Those of the configuration are shown, and changed there. A secret that
/// is made here is shown once, and again only when it is made anew.
/// </summary>
internal sealed class WebhookEndpointRoutes(ICatalog catalog, CatalogEditor editor, WebhookList webhooks, WebhookSecrets secrets) : IAdminRoutes
{
    private const string Root = "/api/webhooks/endpoints";
    private const int NameCharsMax = 64;
    private const int UrlCharsMax = 2_048;

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Post(Root, CreateAsync),
        AdminRoute.Get(Root + "/{name}", GetAsync),
        AdminRoute.Put(Root + "/{name}", UpdateAsync),
        AdminRoute.Delete(Root + "/{name}", DeleteAsync),
        AdminRoute.Post(Root + "/{name}/rotate", RotateAsync),
    ];

    private Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (limit, offset) = (call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return Task.FromResult<AdminAnswer>(error);
        var page = Page<ShownWebhook>.Of([.. webhooks.All()], limit, offset);
        return Task.FromResult(AdminAnswer.Of(json => Json.Page(json, "endpoints", page, (each, one) => one.Write(each))));
    }

    private Task<AdminAnswer> GetAsync(AdminCall call) => Task.FromResult(webhooks.Find(call.Id) is not { } found
        ? AdminAnswer.NotFound("webhook endpoint", call.Id)
        : AdminAnswer.One("endpoint", json => found.Write(json)));

    private async Task<AdminAnswer> CreateAsync(AdminCall call)
    {
        var fields = call.Fields();
        var name = fields.RequiredText("name", NameCharsMax);
        if (name.AsSpan().ContainsAnyExcept(s_nameChars)) fields.Error("name", $"is \"{name}\"; letters, digits, dots, dashes and underscores stand here");
        var read = Read(fields, new Webhook { Name = name, Url = s_noUrl, CreatedAt = call.Now }, call.Now, isNew: true);
        fields.End();
        if (call.Findings.Error is { } error) return error;
        if (webhooks.IsConfigured(name)) return Taken(name);
        var (made, secret) = read.SecretVariable is null ? secrets.Renew(read) : (read, null);
        var audit = call.Audit("create", KeyOf(name));
        var refusal = await editor.EditAsync(now => now.Webhooks.TryGetValue(name, out var other) && !IsOwn(other, made)
            ? CatalogEdit.Refuse(Taken(name))
            : Write(made, audit));
        return refusal ?? Done(secret is null ? "Webhook endpoint created." : "Webhook endpoint created. Its secret is shown this once.", made, secret);
    }

    private async Task<AdminAnswer> UpdateAsync(AdminCall call)
    {
        Webhook? written = null;
        var audit = call.Audit("update", KeyOf(call.Id));
        var refusal = await EditAsync(call, before =>
        {
            var fields = call.Fields();
            written = Read(fields, before, call.Now, isNew: false);
            fields.Silent("name", "source", "secret_from", "has_secret", "created_at", "updated_at");
            fields.End();
            return call.Findings.Error is { } error ? CatalogEdit.Refuse(error) : Write(written, audit);
        });
        return refusal ?? Done("Webhook endpoint updated.", written!, null);
    }

    private async Task<AdminAnswer> RotateAsync(AdminCall call)
    {
        call.Fields().End();
        if (!secrets.CanMake) call.Findings.Add("secret", NoKey);
        if (call.Findings.Error is { } error) return error;
        var (written, secret) = ((Webhook?)null, "");
        var audit = call.Audit("rotate", KeyOf(call.Id));
        var refusal = await EditAsync(call, before =>
        {
            // The edit may run twice on a conflict; the secret is derived, so it stays the same.
            if (written is null) (written, secret) = secrets.Renew(before);
            written = before with { SecretVariable = null, Salt = written.Salt, SecretHash = written.SecretHash, UpdatedAt = call.Now };
            return Write(written, audit);
        });
        return refusal ?? Done("The endpoint has a new secret, which is shown this once; deliveries are signed with it from now on.", written!, secret);
    }

    private async Task<AdminAnswer> DeleteAsync(AdminCall call)
    {
        var (seen, target) = (false, KeyOf(call.Id));
        var audit = call.Audit("delete", target);
        if (webhooks.IsConfigured(call.Id)) return OfConfiguration(call.Id);
        var refusal = await editor.EditAsync(now =>
        {
            seen |= now.Webhooks.ContainsKey(call.Id);
            return seen
                ? CatalogEdit.Of(new CatalogChange { Deletes = [target], Audit = [audit] })
                : CatalogEdit.Refuse(AdminAnswer.NotFound("webhook endpoint", call.Id).Error!);
        });
        return refusal is null ? AdminAnswer.Done("Webhook endpoint deleted. What was due to it comes to nothing after its last try.") : refusal;
    }

    private async Task<AdminAnswer?> EditAsync(AdminCall call, Func<Webhook, CatalogEdit> decide)
    {
        if (webhooks.IsConfigured(call.Id)) return OfConfiguration(call.Id);
        var refusal = await editor.EditAsync(now => now.Webhooks.TryGetValue(call.Id, out var before)
            ? decide(before)
            : CatalogEdit.Refuse(AdminAnswer.NotFound("webhook endpoint", call.Id).Error!));
        return refusal is null ? null : (AdminAnswer)refusal;
    }

    /// <summary>The body's fields over what it is; what is wrong goes to the call.</summary>
    private Webhook Read(Section fields, Webhook before, DateTimeOffset now, bool isNew)
    {
        var isPrivate = fields.Flag("allow_private_network") ?? before.AllowPrivateNetwork;
        var address = isNew || fields.IsNamed("url") ? fields.RequiredText("url", UrlCharsMax) : before.Url.ToString();
        var url = before.Url;
        if (address.Length > 0 && WebhookAddress.Refuse(address, isPrivate, out url) is { } wrong) fields.Error("url", wrong);
        var variable = Variable(fields);
        if (variable is null && isNew && !secrets.CanMake) fields.Error("secret", NoKey);
        var read = before with { Url = url, AllowPrivateNetwork = isPrivate, Enabled = fields.Flag("enabled") ?? before.Enabled, UpdatedAt = now };
        return variable is null ? read : read with { SecretVariable = variable, Salt = [], SecretHash = [] };
    }

    private string? Variable(Section fields)
    {
        if (fields.Text("secret") is not { } secret) return null;
        if (!secret.StartsWith(WebhookSecrets.VariablePrefix, StringComparison.Ordinal) || secret.Length == WebhookSecrets.VariablePrefix.Length)
        {
            fields.Error("secret", "is a secret itself, and the store keeps none; write env.NAME for one in every server's environment, or leave it out");
            return null;
        }

        var variable = secret[WebhookSecrets.VariablePrefix.Length..];
        if (secrets.RefuseVariable(variable) is { } wrong) fields.Error("secret", wrong);
        return variable;
    }

    private AdminAnswer Done(string message, Webhook written, string? secret)
    {
        var shown = ShownWebhook.Of(catalog.Current.Webhooks.GetValueOrDefault(written.Name) ?? written, secrets.Find(written) is not null);
        return AdminAnswer.Done(message, "endpoint", json => shown.Write(json, secret));
    }

    private static bool IsOwn(Webhook there, Webhook made) =>
        there.CreatedAt == made.CreatedAt && there.Url == made.Url && there.Salt.AsSpan().SequenceEqual(made.Salt.AsSpan());

    private static CatalogEdit Write(Webhook webhook, AuditEntry audit) =>
        CatalogEdit.Of(new CatalogChange { Upserts = [CatalogSeeds.Of(webhook)], Audit = [audit] });

    private static CatalogKey KeyOf(string name) => new(CatalogKinds.Webhook, name);

    private static GatewayError Taken(string name) =>
        GatewayErrors.BadField("name", $"name is \"{name}\", which another webhook endpoint has; names are unique.");

    private static AdminAnswer OfConfiguration(string name) =>
        AdminAnswer.Conflict($"The webhook endpoint '{name}' stands in the configuration; change it there.");

    private const string NoKey =
        "is missing; write env.NAME for a secret that every server has in its environment, or set encryption_key in the configuration to have one made";

    private static readonly Uri s_noUrl = new("https://invalid.invalid/");

    private static readonly System.Buffers.SearchValues<char> s_nameChars =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
}
