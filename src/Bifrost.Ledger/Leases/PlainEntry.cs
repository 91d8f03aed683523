using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>Makes an entry that a store could not hold storable: plain short texts, numbers in range. Money and ids stay.</summary>
internal static class PlainEntry
{
    private const int TextMax = 200;

    public static LedgerEntry Of(LedgerEntry entry) => entry with
    {
        VirtualKeyId = Plain(entry.VirtualKeyId),
        TeamId = entry.TeamId is null ? null : Plain(entry.TeamId),
        CustomerId = entry.CustomerId is null ? null : Plain(entry.CustomerId),
        Provider = Plain(entry.Provider),
        Model = Plain(entry.Model),
        RequestId = Plain(entry.RequestId),
        JobId = entry.JobId is null ? null : Plain(entry.JobId),
        Usage = default,
    };

    private static string Plain(string text)
    {
        var kept = text.Length > TextMax ? text.AsSpan(0, TextMax) : text.AsSpan();
        return string.Create(kept.Length, kept, static (to, from) =>
        {
            for (var i = 0; i < from.Length; i++) to[i] = from[i] is >= ' ' and <= '~' ? from[i] : '?';
        });
    }
}
