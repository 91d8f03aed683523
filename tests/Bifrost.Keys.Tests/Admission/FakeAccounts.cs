using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>Every account by its grain key, each on the real rules, with a switch that makes it unreachable or slow.</summary>
internal sealed class FakeAccounts(ICatalog catalog, TimeProvider time, AccountLimits limits)
{
    private readonly Dictionary<string, FakeAccount> _accounts = [];

    public FakeAccount this[string key]
    {
        get
        {
            if (!_accounts.TryGetValue(key, out var account)) _accounts.Add(key, account = new FakeAccount(key, catalog, time, limits));
            return account;
        }
    }
}

/// <summary>One account.</summary>
internal sealed class FakeAccount(string key, ICatalog catalog, TimeProvider time, AccountLimits limits) : IAccountGrain
{
    private readonly Queue<TaskCompletionSource> _waiting = [];

    public AccountWindows Windows { get; } = new(limits);

    public List<SliceRequest> Takes { get; } = [];

    public List<SliceReturn> Returns { get; } = [];

    /// <summary>When true, nothing arrives and every call fails.</summary>
    public bool Unreachable { get; set; }

    /// <summary>When true, calls arrive, but their answers are lost.</summary>
    public bool Mute { get; set; }

    /// <summary>When true, requests for slices wait for <see cref="LetNext"/> before they arrive.</summary>
    public bool Slow { get; set; }

    public int Waiting => _waiting.Count;

    private RateLimit? Limit => AccountKeys.RateLimitOf(catalog.Current, key);

    public void LetNext() => _waiting.Dequeue().SetResult();

    public async Task<SliceReply> Take(SliceRequest request)
    {
        Takes.Add(request);
        if (Slow)
        {
            var turn = new TaskCompletionSource();
            _waiting.Enqueue(turn);
            await turn.Task;
        }

        if (Unreachable) throw new TimeoutException();
        var reply = Windows.Take(Limit, request, time.GetUtcNow());
        return Mute ? throw new TimeoutException() : reply;
    }

    public Task Return(SliceReturn reports)
    {
        Returns.Add(reports);
        if (Unreachable) return Task.FromException(new TimeoutException());
        Windows.Return(Limit, reports.Reports, time.GetUtcNow());
        return Mute ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
    }

    public Task<AccountStatus> Status() => Task.FromResult(Windows.Status(Limit, time.GetUtcNow()));
}
