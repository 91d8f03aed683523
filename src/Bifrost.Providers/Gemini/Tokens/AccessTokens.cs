using System.Collections.Concurrent;

namespace Bifrost.Providers.Gemini.Tokens;

/// <summary>
/// Tokens by credential. One is kept until it is nearly over, and fetched once however many calls wait for it; one that was refused is fetched anew. As
/// many entries as credentials were ever configured.
/// </summary>
internal sealed class AccessTokens(HttpMessageInvoker http, TimeProvider time)
{
    /// <summary>So long before its end a token is replaced.</summary>
    private static readonly TimeSpan s_early = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Credential, Uri? TokenUrl), Entry> _entries = new();
    private readonly TokenRequest _request = new(http, time);

    public Task<AccessToken> GetAsync(string credential, Uri? tokenUrl, CancellationToken ending) =>
        _entries.GetOrAdd((credential, tokenUrl), static (key, owner) => new Entry(owner, key.Credential, key.TokenUrl), this).GetAsync(ending);

    /// <summary>Forgets a token that was refused.</summary>
    public void Forget(string credential, Uri? tokenUrl, string token)
    {
        if (_entries.TryGetValue((credential, tokenUrl), out var entry)) entry.Forget(token);
    }

    private sealed class Entry(AccessTokens owner, string text, Uri? tokenUrl)
    {
        private readonly Lock _gate = new();
        private AccessToken? _token;
        private Task<AccessToken>? _fetching;

        public Task<AccessToken> GetAsync(CancellationToken ending)
        {
            var now = owner.Time.GetUtcNow();
            lock (_gate)
            {
                if (_token is { } token && now < token.ExpiresAt - s_early) return Task.FromResult(token);

                // The fetch is nobody's own: who leaves does not end it for the others.
                return (_fetching ??= FetchAsync()).WaitAsync(ending);
            }
        }

        public void Forget(string refused)
        {
            lock (_gate)
            {
                if (_token?.Value == refused) _token = null;
            }
        }

        private async Task<AccessToken> FetchAsync()
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            AccessToken fetched;
            using (var patience = new CancellationTokenSource(s_patience, owner.Time))
            {
                fetched = GoogleCredential.Read(text, tokenUrl, out var fault) is { } credential
                    ? await owner._request.SendAsync(credential, patience.Token).ConfigureAwait(false)
                    : AccessToken.None(fault, isRefused: true);
            }

            lock (_gate)
            {
                _fetching = null;
                if (fetched.Value is not null) _token = fetched;

                // Where no new one can be had, one that still holds is used up to its end.
                return fetched.Value is null && _token is { } old && owner.Time.GetUtcNow() < old.ExpiresAt ? old : fetched;
            }
        }
    }

    private TimeProvider Time => time;
}
