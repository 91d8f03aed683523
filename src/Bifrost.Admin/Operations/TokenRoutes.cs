using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;
using Bifrost.Http.Auth;

namespace Bifrost.Admin.Operations;

/// <summary><c>/api/admin-tokens</c>: tokens that open admin routes. A token is shown where it is made, and never again.</summary>
internal sealed class TokenRoutes(ICatalog catalog, CatalogEditor editor, AdminAuthenticator admins) : IAdminRoutes
{
    private const string Root = "/api/admin-tokens";

    public IEnumerable<AdminRoute> Routes =>
        [AdminRoute.Get(Root, ListAsync), AdminRoute.Post(Root, CreateAsync), AdminRoute.Delete(Root + "/{id}", DeleteAsync)];

    private Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (limit, offset) = (call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return Task.FromResult<AdminAnswer>(error);
        var all = catalog.Current.AdminTokens.Values.OrderBy(token => token.Name, StringComparer.OrdinalIgnoreCase)
            .ThenBy(token => token.Id, StringComparer.Ordinal);
        var page = Page<AdminToken>.Of([.. all], limit, offset);
        return Task.FromResult(AdminAnswer.Of(json => Json.Page(json, "admin_tokens", page, (each, token) => Write(each, token, null))));
    }

    private async Task<AdminAnswer> CreateAsync(AdminCall call)
    {
        var fields = call.Fields();
        var name = fields.RequiredText("name");
        var role = fields.Text("role") ?? "viewer";
        if (role is not ("admin" or "viewer")) fields.Error("role", $"is \"{role}\"; admin or viewer stands here");
        fields.End();
        if (call.Findings.Error is { } error) return error;
        var secret = Secrets.NewAdminToken();
        var token = new AdminToken
        {
            Id = call.NewId().ToString(),
            Name = name,
            Role = role == "admin" ? AdminRole.Admin : AdminRole.Viewer,
            Hash = Secrets.Hash(secret),
            CreatedAt = call.Now,
        };
        var audit = call.Audit("create", new CatalogKey(CatalogKinds.AdminToken, token.Id), json => json.WriteString("role"u8, role));
        var refusal = await editor.EditAsync(now => now.AdminTokens.Values.Any(other => other.Name == name && other.Id != token.Id)
            ? CatalogEdit.Refuse(GatewayErrors.BadField("name", $"name is \"{name}\", which another admin token has; names are unique."))
            : CatalogEdit.Of(new CatalogChange { Upserts = [CatalogSeeds.Of(token)], Audit = [audit] }));
        return refusal is null
            ? AdminAnswer.Done("Admin token created. Its value is shown this once.", "admin_token", json => Write(json, token, secret))
            : refusal;
    }

    private async Task<AdminAnswer> DeleteAsync(AdminCall call)
    {
        var target = new CatalogKey(CatalogKinds.AdminToken, call.Id);
        var audit = call.Audit("delete", target);
        var seen = false;
        var refusal = await editor.EditAsync(now =>
        {
            seen |= now.AdminTokens.ContainsKey(call.Id);
            if (!seen) return CatalogEdit.Refuse(AdminAnswer.NotFound("admin token", call.Id).Error!);
            var others = now.AdminTokens.Values.Any(token => token.Role == AdminRole.Admin && token.Id != call.Id);
            return others || admins.HasEnvironmentToken
                ? CatalogEdit.Of(new CatalogChange { Deletes = [target], Audit = [audit] })
                : CatalogEdit.Refuse(AdminAnswer.Conflict(
                    "This is the last token of the role admin; create another one first, or set BIFROST_ADMIN_TOKEN.").Error!);
        });
        return refusal is null
            ? AdminAnswer.Done("Admin token deleted. No server accepts it any more.") : refusal;
    }

    private static void Write(Utf8JsonWriter json, AdminToken token, string? secret)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, token.Id);
        json.WriteString("name"u8, token.Name);
        json.WriteString("role"u8, token.Role == AdminRole.Admin ? "admin" : "viewer");
        json.WriteString("value"u8, secret ?? AdminToken.SecretPrefix + "********");
        json.TimeOrNull("created_at", token.CreatedAt);
        json.WriteEndObject();
    }
}
