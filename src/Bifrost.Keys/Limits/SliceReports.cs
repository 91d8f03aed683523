using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>What one key has to tell one account of its slices. A report that was not acknowledged is made anew.</summary>
internal sealed class SliceReports
{
    /// <summary>Reports of one message at most.</summary>
    private const int BatchMax = 1_024;

    private readonly Queue<HeldSlice> _owing = [];

    public bool Any => _owing.Count > 0;

    /// <summary>Slices whose last report is not acknowledged.</summary>
    public int Open { get; private set; }

    /// <summary>A slice that is reported from now on.</summary>
    public void Opened(HeldSlice slice, bool retired)
    {
        Open++;
        if (retired) Add(slice);
    }

    public void Add(HeldSlice slice)
    {
        if (slice.Owes || slice.Closed) return;
        slice.Owes = true;
        _owing.Enqueue(slice);
    }

    /// <summary>The reports of the next message.</summary>
    public List<(HeldSlice Slice, SliceReport Report)> Next()
    {
        var reports = new List<(HeldSlice, SliceReport)>(Math.Min(BatchMax, _owing.Count));
        while (reports.Count < BatchMax && _owing.TryDequeue(out var slice))
        {
            slice.Owes = false;
            reports.Add((slice, slice.Report()));
        }

        return reports;
    }

    public void Sent(List<(HeldSlice Slice, SliceReport Report)> reports)
    {
        foreach (var (slice, report) in reports)
        {
            if (!report.Last || slice.Closed) continue;
            slice.Closed = true;
            Open--;
        }
    }

    public void Failed(List<(HeldSlice Slice, SliceReport Report)> reports)
    {
        foreach (var (slice, _) in reports) Add(slice);
    }

    public static ImmutableArray<SliceReport> Of(List<(HeldSlice Slice, SliceReport Report)> reports)
    {
        var array = ImmutableArray.CreateBuilder<SliceReport>(reports.Count);
        foreach (var (_, report) in reports) array.Add(report);
        return array.MoveToImmutable();
    }
}
