using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Bifrost.Providers.Gemini.Tokens;

/// <summary>Asks for one token.</summary>
internal sealed class TokenRequest(HttpMessageInvoker http, TimeProvider time)
{
    private const int AnswerBytesMax = 64 * 1024;
    private const string JwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private const string Exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    private const string AccessTokenType = "urn:ietf:params:oauth:token-type:access_token";

    public async Task<AccessToken> SendAsync(GoogleCredential credential, CancellationToken ending)
    {
        try
        {
            switch (credential.Kind)
            {
                case CredentialKind.Machine:
                    return await AskAsync(MachineTokens.Request(credential.TokenUrl), ending).ConfigureAwait(false);
                case CredentialKind.ServiceAccount:
                    var assertion = SignedAssertion.Write(credential, time.GetUtcNow());
                    return await AskAsync(Form(credential.TokenUrl, ("grant_type", JwtBearer), ("assertion", assertion)), ending).ConfigureAwait(false);
                default:
                    return await ExchangeAsync(credential, ending).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return AccessToken.None("has a private key that is none", isRefused: true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            return AccessToken.None("names a file without a token that can be read", isRefused: true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return AccessToken.None("got no answer where tokens come from", isRefused: false);
        }
    }

    private async Task<AccessToken> ExchangeAsync(GoogleCredential credential, CancellationToken ending)
    {
        var file = await File.ReadAllTextAsync(credential.SubjectTokenFile, ending).ConfigureAwait(false);
        var subject = file.Trim();
        if (credential.SubjectTokenField.Length > 0)
        {
            using var json = JsonDocument.Parse(file);
            subject = json.RootElement.TryGetProperty(credential.SubjectTokenField, out var field) ? field.GetString() ?? "" : "";
        }

        var token = await AskAsync(
            Form(
                credential.TokenUrl,
                ("grant_type", Exchange),
                ("audience", credential.Audience),
                ("scope", SignedAssertion.Scope),
                ("requested_token_type", AccessTokenType),
                ("subject_token_type", credential.SubjectTokenType),
                ("subject_token", subject)),
            ending).ConfigureAwait(false);
        if (token.Value is null || credential.ImpersonationUrl is not { } url) return token;
        var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent($$"""{"scope":["{{SignedAssertion.Scope}}"]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token.Value);
        return await AskAsync(request, ending).ConfigureAwait(false);
    }

    private static HttpRequestMessage Form(Uri url, params (string Name, string Value)[] fields) => new(HttpMethod.Post, url)
    {
        Content = new FormUrlEncodedContent(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value))),
    };

    private async Task<AccessToken> AskAsync(HttpRequestMessage request, CancellationToken ending)
    {
        using (request)
        using (var response = await http.SendAsync(request, ending).ConfigureAwait(false))
        {
            await response.Content.LoadIntoBufferAsync(AnswerBytesMax, ending).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(ending).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            return Read(body, status, isRefused: status is 400 or 401 or 403 or 404);
        }
    }

    /// <summary>A token in the words of OAuth, or in those of impersonation.</summary>
    private AccessToken Read(byte[] body, int status, bool isRefused)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Object && status == 200)
            {
                var now = time.GetUtcNow();
                if (Text(root, "access_token") is { Length: > 0 } token && root.TryGetProperty("expires_in", out var life) && life.TryGetInt64(out var seconds))
                    return new AccessToken(token, now.AddSeconds(seconds));
                if (Text(root, "accessToken") is { Length: > 0 } other && root.TryGetProperty("expireTime", out var end)
                    && end.TryGetDateTimeOffset(out var expires)) return new AccessToken(other, expires);
            }

            var why = root.ValueKind == JsonValueKind.Object ? Text(root, "error") ?? "" : "";
            return AccessToken.None($"was answered {status} {why} where tokens come from".Replace("  ", " ", StringComparison.Ordinal), isRefused);
        }
        catch (JsonException)
        {
            return AccessToken.None($"was answered {status} without JSON where tokens come from", isRefused);
        }
    }

    private static string? Text(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
