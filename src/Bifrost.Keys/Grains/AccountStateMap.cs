using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Grains;

/// <summary>Between the snapshot of the rules and the state of the grain.</summary>
internal static class AccountStateMap
{
    public static AccountState ToState(AccountSnapshot snapshot) => new()
    {
        Requests = ToState(snapshot.Requests, ofTokens: false),
        Tokens = ToState(snapshot.Tokens, ofTokens: true),
    };

    public static AccountSnapshot ToSnapshot(AccountState state) => new(ToCount(state.Requests), ToCount(state.Tokens));

    private static WindowState? ToState(SharedCount? count, bool ofTokens) =>
        count is null ? null : WindowStateMap.ToState("", ofTokens, count.Period, count.Start, count.Used);

    private static SharedCount? ToCount(WindowState? state) =>
        state is not null && WindowStateMap.TryPeriod(state, out var period) ? new SharedCount(period, state.Start, state.Used) : null;
}
