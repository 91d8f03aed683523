using Bifrost.Calls.Board;
using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Tests.Board;

/// <summary>The board between silos that report late, twice, and no more.</summary>
public sealed class ReportBoardTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ReportBoard _board;

    public ReportBoardTests() => _board = new ReportBoard(_time);

    [Fact]
    public void Shows_the_newest_report_of_each_silo_with_its_age()
    {
        _board.Take(Report("b", 1, calls: 1));
        _board.Take(Report("a", 5, calls: 2));
        _time.Advance(TimeSpan.FromSeconds(1));
        _board.Take(Report("b", 2, calls: 3));
        var silos = _board.Read().Silos;
        Assert.Equal([("a", 2, 1_000L), ("b", 3, 0L)], silos.Select(seen => (seen.Report.Silo, seen.Report.CallsInFlight, seen.AgeMs)));
    }

    [Fact]
    public void A_report_that_comes_late_or_twice_changes_nothing()
    {
        _board.Take(Report("a", 7, calls: 7));
        _time.Advance(TimeSpan.FromSeconds(1));
        _board.Take(Report("a", 7, calls: 1));
        _board.Take(Report("a", 6, calls: 2));
        var seen = Assert.Single(_board.Read().Silos);
        Assert.Equal((7, 1_000L), (seen.Report.CallsInFlight, seen.AgeMs));
    }

    [Fact]
    public void A_silo_that_reports_no_more_is_forgotten()
    {
        _board.Take(Report("a", 1));
        _time.Advance(ReportBoard.Kept - TimeSpan.FromMilliseconds(1));
        _board.Take(Report("b", 1));
        Assert.Equal(2, _board.Read().Silos.Length);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("b", Assert.Single(_board.Read().Silos).Report.Silo);
    }

    [Fact]
    public void Takes_in_no_more_silos_than_it_shows()
    {
        for (var i = 0; i < ReportBoard.SilosMax + 10; i++) _board.Take(Report($"{i}", 1));
        _board.Take(Report("0", 2, calls: 9));
        var silos = _board.Read().Silos;
        Assert.Equal((ReportBoard.SilosMax, 9), (silos.Length, silos.Single(seen => seen.Report.Silo == "0").Report.CallsInFlight));
    }

    private static SiloReport Report(string silo, long number, int calls = 0) => new()
    {
        Silo = silo,
        Number = number,
        Version = "1",
        Holder = Guid.Empty,
        CatalogVersion = 1,
        Admits = true,
        StoreReached = true,
        RequestsPerSecond = 0,
        CallsInFlight = calls,
        JobsRunning = 0,
        CreditWaiters = 0,
        Leases = 0,
        UnpostedEntries = 0,
        BatchLagMs = 0,
        CpuPercent = 0,
        MemoryBytes = 0,
        Providers = [],
    };
}
