using Bifrost.Calls.Contracts;

namespace Bifrost.Admin.Operations;

/// <summary>One silo as <c>/api/cluster</c> and the outside client show it.</summary>
public sealed record SiloRow
{
    /// <summary>Silos that left or died and are still shown.</summary>
    private const int GoneMax = 20;

    private static readonly TimeSpan s_goneShown = TimeSpan.FromHours(24);

    /// <summary>Address and generation, as Orleans writes them.</summary>
    public required string Address { get; init; }

    /// <summary>What the membership table says; null: it did not answer.</summary>
    public MembershipEntry? Entry { get; init; }

    /// <summary>What the silo says of itself; null: it has not lately.</summary>
    public SiloSeen? Seen { get; init; }

    /// <summary>By grain class; null: not known.</summary>
    public IReadOnlyList<GrainCount>? Activations { get; init; }

    public bool IsThis { get; init; }

    /// <summary>All silos, those that work first, then those that are gone for less than a day, the last ones first.</summary>
    /// <param name="entries">The membership table; null: it did not answer, and the reports name the silos.</param>
    /// <param name="board">The reports.</param>
    /// <param name="activations">Of all silos; null: not known.</param>
    /// <param name="here">This silo's address.</param>
    /// <param name="now">The moment.</param>
    public static IReadOnlyList<SiloRow> Of(
        MembershipEntry[]? entries, BoardView board, SimpleGrainStatistic[]? activations, string here, DateTimeOffset now)
    {
        var seen = board.Silos.ToDictionary(static each => each.Report.Silo, StringComparer.Ordinal);
        var counts = activations?.ToLookup(static each => each.SiloAddress.ToParsableString(), StringComparer.Ordinal);
        if (entries is null) return [.. board.Silos.Select(each => Row(each.Report.Silo, null))];
        var (gone, working) = (entries.Where(IsGone), entries.Where(static entry => !IsGone(entry)));
        return
        [
            .. working.OrderBy(static entry => entry.StartTime).Select(entry => Row(entry.SiloAddress.ToParsableString(), entry)),
            .. gone.Where(entry => now.UtcDateTime - entry.IAmAliveTime < s_goneShown).OrderByDescending(static entry => entry.IAmAliveTime).Take(GoneMax)
                .Select(entry => Row(entry.SiloAddress.ToParsableString(), entry)),
        ];

        SiloRow Row(string address, MembershipEntry? entry) => new()
        {
            Address = address,
            Entry = entry,
            Seen = seen.GetValueOrDefault(address),
            Activations = counts is null ? null : GrainCount.Of(counts[address]),
            IsThis = address == here,
        };
    }

    private static bool IsGone(MembershipEntry entry) => entry.Status is SiloStatus.Dead or SiloStatus.None;
}

/// <summary>How many activations a grain class has.</summary>
/// <param name="Grain">The class's own name.</param>
/// <param name="Count">Activations.</param>
public sealed record GrainCount(string Grain, int Count)
{
    /// <summary>By the class's own name, the most first.</summary>
    public static IReadOnlyList<GrainCount> Of(IEnumerable<SimpleGrainStatistic> statistics) =>
    [
        .. statistics.GroupBy(static each => ShortName(each.GrainType), StringComparer.Ordinal)
            .Select(static group => new GrainCount(group.Key, group.Sum(static each => each.ActivationCount)))
            .OrderByDescending(static each => each.Count).ThenBy(static each => each.Grain, StringComparer.Ordinal),
    ];

    private static string ShortName(string type)
    {
        var name = type.Split(',')[0];
        return name[(name.LastIndexOf('.') + 1)..];
    }
}
