using System.Globalization;

namespace Bifrost.Cli.Jobs;

/// <summary>Says how far a run is: a bar that redraws itself on a terminal, plain lines elsewhere.</summary>
internal sealed class BatchProgress(ClientOptions client, SubmitOptions options, BatchFile file, BatchState state, BatchResults results)
{
    private const int BarCells = 30;

    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_line = TimeSpan.FromSeconds(5);

    private readonly long _begunAt = client.Time.GetTimestamp();
    private readonly int _endedBefore = results.Completed + results.Failed;
    private string _last = "";

    /// <summary>Reports until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Bar ? s_redraw : s_line, client.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) Show();
        }
        catch (OperationCanceledException)
        {
            // Its run is over.
        }
    }

    /// <summary>The last word.</summary>
    public void End()
    {
        Show();
        if (options.Bar) client.Notes.WriteLine();
    }

    private void Show()
    {
        var text = options.Bar ? Bar() : Line();
        if (text == _last) return;
        if (options.Bar) client.Notes.Write("\r" + text.PadRight(_last.Length));
        else client.Notes.WriteLine(text);
        client.Notes.Flush();
        _last = text;
    }

    private string Line() => options.Watch
        ? string.Create(CultureInfo.InvariantCulture, $"submitted {state.Submitted}/{file.Count}, completed {results.Completed}, failed {results.Failed}")
        : string.Create(CultureInfo.InvariantCulture, $"submitted {state.Submitted}/{file.Count}, refused {results.Failed}");

    private string Bar()
    {
        var ended = results.Completed + results.Failed;
        var done = options.Watch ? ended : state.Submitted;
        var filled = (int)((long)BarCells * done / file.Count);
        return $"[{new string('#', filled)}{new string('.', BarCells - filled)}] {Line()}{Left(ended)}";
    }

    private string Left(int ended)
    {
        var now = ended - _endedBefore;
        if (!options.Watch || now == 0) return "";
        var perSecond = now / Math.Max(0.001, client.Time.GetElapsedTime(_begunAt).TotalSeconds);
        var left = TimeSpan.FromSeconds(Math.Ceiling((file.Count - ended) / perSecond));
        return string.Create(CultureInfo.InvariantCulture, $"; {perSecond:0.#}/s, {left:c} left");
    }
}
