using Bifrost.Chat.Errors;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>
/// The shared windows as one key uses them: all of a call's accounts hold their part, or none does. What a refused call had
/// held stays in hand for the next one. Entered in the key's turn, which it leaves while it waits.
/// </summary>
internal sealed class SharedWindows(string holder, Func<string, IAccountGrain> accounts, TimeProvider time, AccountLimits limits)
{
    private readonly Dictionary<string, AccountSlices> _accounts = new(StringComparer.Ordinal);

    /// <summary>The turn of the key that they belong to.</summary>
    public KeyTurn Turn { get; } = new();

    /// <summary>True while <see cref="ReturnAsync"/> has, or soon will have, something to say.</summary>
    public bool Owes
    {
        get
        {
            foreach (var account in _accounts.Values)
                if (account.Owes) return true;
            return false;
        }
    }

    /// <summary>Accounts that are remembered.</summary>
    public int Accounts => _accounts.Count;

    /// <summary>An estimate that no window of the account could ever hold.</summary>
    public static Refusal? TooLarge(ImmutableArray<AccountRule> rules, long tokens)
    {
        foreach (var rule in rules)
        {
            if (tokens <= (rule.Limit.TokensMax ?? long.MaxValue)) continue;
            return KeyRefusals.Of(RefusalReason.TokenLimited, KeyRefusals.TooLarge(rule.Level, rule.Limit, tokens)) with { Level = rule.Owner };
        }

        return null;
    }

    /// <summary>Holds one request and so many tokens at every account; a refusal leaves nothing held.</summary>
    public ValueTask<Refusal?> HoldAsync(KeyAttempt attempt, ImmutableArray<AccountRule> rules, long tokens) =>
        rules.IsEmpty ? default : HoldAllAsync(attempt, rules, tokens);

    /// <summary>Whether all of it would still be counted in the windows that the call passes in.</summary>
    public static bool AreInWindow(KeyAttempt attempt)
    {
        if (attempt.Shared is not { } uses) return true;
        foreach (var use in uses)
            if (!use.Account.IsInWindow(use.Slice)) return false;
        return true;
    }

    /// <summary>The call was not admitted: what it held is free for the next.</summary>
    public static void Release(KeyAttempt attempt) => Correct(attempt, tokens: 0, sent: false);

    /// <summary>The call ended: puts the real number in the place of the held one.</summary>
    public static void Correct(KeyAttempt attempt, long tokens, bool sent)
    {
        if (attempt.Shared is not { } uses) return;
        attempt.Shared = null;
        foreach (var use in uses) use.Account.End(use, tokens, sent);
    }

    public RateLimitView? Tighten(RateLimitView? view, ImmutableArray<AccountRule> rules)
    {
        if (rules.IsEmpty) return view;
        var tight = view ?? new RateLimitView();
        foreach (var rule in rules)
            if (_accounts.TryGetValue(rule.Key, out var account)) tight = account.Tighten(tight);
        return tight.LimitRequests is null && tight.LimitTokens is null ? null : tight;
    }

    /// <summary>Gives back what is past its time, or everything, reports what changed, and forgets accounts that are not used.</summary>
    public async Task ReturnAsync(bool all)
    {
        using var taken = Turn.Take();
        if (_accounts.Count == 0) return;
        var returns = new List<Task>(_accounts.Count);
        foreach (var (key, account) in _accounts)
        {
            returns.Add(account.ReturnAsync(all));
            if (account.IsIdle) _accounts.Remove(key);
        }

        await Turn.Outside(Task.WhenAll(returns));
    }

    private async ValueTask<Refusal?> HoldAllAsync(KeyAttempt attempt, ImmutableArray<AccountRule> rules, long tokens)
    {
        using var taken = Turn.Take();
        var uses = attempt.Shared = new List<SliceUse>(rules.Length);
        foreach (var rule in rules)
        {
            var account = Of(rule.Key);
            var answer = await Turn.Outside(account.HoldAsync(tokens));
            if (answer.Slice is null)
            {
                Release(attempt);
                return SharedRefusals.Of(answer, rule, tokens, limits.BusyRetryAfter) with { Level = rule.Owner };
            }

            uses.Add(new SliceUse(account, answer.Slice, tokens));
        }

        return null;
    }

    private AccountSlices Of(string key)
    {
        if (!_accounts.TryGetValue(key, out var account))
            _accounts.Add(key, account = new AccountSlices(holder, accounts(key), Turn, time, limits));
        return account;
    }
}
