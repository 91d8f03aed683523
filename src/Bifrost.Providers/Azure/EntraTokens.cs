using System.Collections.Concurrent;
using System.Text.Json;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Exchanges;

namespace Bifrost.Providers.Azure;

/// <summary>
/// Tokens of Entra, kept until they end and asked for anew before that, by one request at a time for each client. A request that failed is not
/// repeated for a moment, so that calls do not crowd at the authority. Thread-safe.
/// </summary>
internal sealed class EntraTokens(TimeProvider time)
{
    /// <summary>How long before its end a token is replaced, while calls go on with it.</summary>
    public static readonly TimeSpan Early = TimeSpan.FromMinutes(5);

    /// <summary>How long before its end a token is not used any more: a call takes its time to arrive.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    /// <summary>How long a failure stands.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private const int TimeoutMs = 10_000;
    private const int AnswerBytesMax = 64 * 1_024;
    private const int WordsMax = 500;

    // As many entries as clients were ever configured.
    private readonly ConcurrentDictionary<EntraClient, Slot> _slots = new();

    /// <summary>A token that can be sent, or why there is none. Does not throw.</summary>
    /// <param name="target">Whose provider it is for.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="http">Where to.</param>
    /// <param name="abort">Ends the wait, not the request: others wait for it too.</param>
    /// <param name="abortUnsent">The same.</param>
    public async ValueTask<(string? Token, ProviderFailure? Failure)> GetAsync(
        UpstreamTarget target, EntraClient client, HttpMessageInvoker http, CancellationToken abort, CancellationToken abortUnsent)
    {
        var slot = _slots.GetOrAdd(client, static _ => new Slot());
        Task running;
        lock (slot.Gate)
        {
            var now = time.GetUtcNow();
            var isUsable = slot.Token is not null && now < slot.EndsAt - Margin;
            var isDue = !isUsable || now >= slot.RefreshAt;
            if (isDue && slot.Running is null && now >= slot.RestsUntil) slot.Running = FetchAsync(target.Provider.Name, client, slot, http);
            if (isUsable) return (slot.Token, null);
            if (slot.Running is null) return (null, slot.Failure);
            running = slot.Running;
        }

        try
        {
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(abort, abortUnsent);
            await running.WaitAsync(TimeSpan.FromMilliseconds(target.RemainingMs), time, leaving.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return (null, ProviderFailures.Aborted());
        }
        catch (TimeoutException)
        {
            return (null, ProviderFailures.Timeout($"No time was left to call provider '{target.Provider.Name}': its token took it all."));
        }

        lock (slot.Gate) return slot.Failure is { } failure ? (null, failure) : (slot.Token, null);
    }

    /// <summary>The provider refused this token: the next call asks for another one.</summary>
    public void Forget(EntraClient client, string token)
    {
        if (!_slots.TryGetValue(client, out var slot)) return;
        lock (slot.Gate)
            if (slot.Token == token) slot.Token = null;
    }

    private async Task FetchAsync(string provider, EntraClient client, Slot slot, HttpMessageInvoker http)
    {
        // Its caller holds the gate.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var askedAt = time.GetUtcNow();
        var (token, seconds, failure) = await AskAsync(provider, client, http).ConfigureAwait(false);
        lock (slot.Gate)
        {
            slot.Running = null;
            slot.Failure = failure;
            if (failure is null)
            {
                slot.Token = token;
                slot.EndsAt = askedAt + TimeSpan.FromSeconds(seconds);
                slot.RefreshAt = slot.EndsAt - Early;
            }

            // A token that lives shorter than its replacement takes is replaced at every call, but not in between.
            if (failure is not null || slot.RefreshAt <= askedAt) slot.RestsUntil = time.GetUtcNow() + Rest;
        }
    }

    private async Task<(string? Token, long Seconds, ProviderFailure? Failure)> AskAsync(string provider, EntraClient client, HttpMessageInvoker http)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(TimeoutMs), time);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, client.TokenUrl)
            {
                Content = new FormUrlEncodedContent(
                [
                    new("grant_type", "client_credentials"), new("client_id", client.ClientId), new("client_secret", client.Secret),
                    new("scope", client.Scope),
                ]),
            };
            using var response = await http.SendAsync(request, limit.Token).ConfigureAwait(false);
            await response.Content.LoadIntoBufferAsync(AnswerBytesMax, limit.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
            return Read(provider, client, (int)response.StatusCode, body);
        }
        catch (Exception exception) when (TransportFailure.IsExpected(exception))
        {
            return (null, 0, ProviderFailures.Connect($"Provider '{provider}' needs a token, and its authority {client.TokenUrl.Host} did not answer."));
        }
    }

    private static (string? Token, long Seconds, ProviderFailure? Failure) Read(string provider, EntraClient client, int status, byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var root = json.RootElement;
            if (status == 200 && Text(root, "access_token") is { Length: > 0 } token && Seconds(root) is { } seconds) return (token, seconds, null);
            if (Text(root, "error") is { } error)
            {
                var said = Verdict.Masked($"{error}: {Text(root, "error_description")}", client.Secret);
                return (null, 0, Refused(said.Length > WordsMax ? said[..WordsMax] : said));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // A page of a proxy, or none.
        }

        return (null, 0, status is >= 400 and < 500 and not 429 ? Refused($"status {status}") : Unreadable());

        ProviderFailure Refused(string said) => ProviderFailures.NoToken(provider, said);
        ProviderFailure Unreadable() => ProviderFailures.Connect(
            $"Provider '{provider}' needs a token, and its authority {client.TokenUrl.Host} answered with status {status} and none.");
    }

    private static string? Text(JsonElement root, string name)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <summary>A number, or digits in a string, as older versions write them.</summary>
    private static long? Seconds(JsonElement root)
    {
        if (!root.TryGetProperty("expires_in", out var value)) return null;
        if (value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), out var written)) return written;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) ? seconds : null;
    }

    private sealed class Slot
    {
        public readonly Lock Gate = new();

        // All under the gate.
        public string? Token;
        public DateTimeOffset EndsAt, RefreshAt, RestsUntil;
        public Task? Running;
        public ProviderFailure? Failure;
    }
}
