using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Board;

/// <summary>The last report of each silo, forgotten when none follows. For one activation's turns.</summary>
internal sealed class ReportBoard(TimeProvider time)
{
    /// <summary>A silo that has not reported for so long is shown no more.</summary>
    internal static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);

    /// <summary>Silos that are shown; those beyond are not taken in.</summary>
    internal const int SilosMax = 1_000;

    private readonly Dictionary<string, (SiloReport Report, long At)> _bySilo = new(StringComparer.Ordinal);

    public void Take(SiloReport report)
    {
        if (_bySilo.TryGetValue(report.Silo, out var last) ? last.Report.Number >= report.Number : _bySilo.Count >= SilosMax) return;
        _bySilo[report.Silo] = (report, time.GetTimestamp());
    }

    public BoardView Read()
    {
        var silos = ImmutableArray.CreateBuilder<SiloSeen>(_bySilo.Count);
        foreach (var (silo, (report, at)) in _bySilo)
        {
            var age = time.GetElapsedTime(at);

            // Removing while walking is allowed on a dictionary.
            if (age >= Kept) _bySilo.Remove(silo);
            else silos.Add(new SiloSeen { Report = report, AgeMs = (long)age.TotalMilliseconds });
        }

        silos.Sort(static (one, two) => string.CompareOrdinal(one.Report.Silo, two.Report.Silo));
        return new BoardView { Silos = silos.ToImmutable() };
    }
}
