using System.Globalization;
using System.Text;

namespace Bifrost.Cli.Jobs;

/// <summary>
/// Which line became which job: a file that is only ever appended to, beside the input. Its first line says whose it is. A last line that
/// a kill has torn is dropped; the job that it told of is found again by its idempotency key. Safe for several threads.
/// </summary>
internal sealed class BatchState : IDisposable
{
    private const string Mark = "bifrost-jobs 1";

    private readonly Lock _gate = new();
    private readonly FileStream _file;
    private readonly Guid[] _jobs;

    private BatchState(FileStream file, Guid[] jobs) => (_file, _jobs) = (file, jobs);

    /// <summary>Lines that have a job already.</summary>
    public int Submitted { get; private set; }

    /// <summary>The job of a line; empty: none yet.</summary>
    public Guid JobOf(int line)
    {
        lock (_gate) return _jobs[line];
    }

    /// <summary>Opens what is there or makes it; or says why it does not fit.</summary>
    public static (BatchState? State, string? Error) Open(string path, BatchFile input, string run, Uri address)
    {
        var head = $"{Mark} {input.Hash} {run} {address}";
        FileStream file;
        try
        {
            file = OwnFile.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, $"{path} cannot be opened (does another run use it?): {e.Message}");
        }

        var text = new byte[file.Length];
        file.ReadExactly(text);
        var whole = text.AsSpan().LastIndexOf((byte)'\n') + 1;
        var lines = Encoding.ASCII.GetString(text, 0, whole).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length > 0 && lines[0] != head)
        {
            file.Dispose();
            return (null, $"{path} belongs to another content of the file, another --run or another --url: its first line is '{lines[0]}'. "
                + "Remove it to submit anew, or name another one with --state.");
        }

        file.SetLength(whole);
        file.Seek(0, SeekOrigin.End);
        var state = new BatchState(file, new Guid[input.LastLine + 1]);
        if (lines.Length == 0) state.Append(head);
        foreach (var line in lines.Skip(1)) state.Take(line);
        return (state, null);
    }

    /// <summary>Notes a job; it stands in the file when this returns.</summary>
    public void Note(int line, Guid jobId)
    {
        lock (_gate)
        {
            if (_jobs[line] == Guid.Empty) Submitted++;
            _jobs[line] = jobId;
            Append(string.Create(CultureInfo.InvariantCulture, $"{line} {jobId:D}"));
        }
    }

    public void Dispose() => _file.Dispose();

    private void Take(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return;
        if (number >= _jobs.Length || !Guid.TryParseExact(line.AsSpan(space + 1), "D", out var job)) return;
        if (_jobs[number] == Guid.Empty) Submitted++;
        _jobs[number] = job;
    }

    private void Append(string line)
    {
        _file.Write(Encoding.ASCII.GetBytes(line + "\n"));
        _file.Flush();
    }
}
