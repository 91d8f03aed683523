using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Bifrost.Cli.Jobs;

/// <summary>The input, checked once from beginning to end before anything is submitted.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Hash">SHA-256 of its bytes, in hex: what it is recognised by.</param>
/// <param name="Count">Lines that are not empty.</param>
/// <param name="LastLine">Number of the last of them.</param>
internal sealed record BatchFile(string Path, string Hash, int Count, int LastLine)
{
    private const int ErrorsMax = 20;

    /// <summary>The file; or everything that is wrong with it, up to a limit.</summary>
    public static async Task<(BatchFile? File, IReadOnlyList<string> Errors)> CheckAsync(string path, CancellationToken cancel)
    {
        var errors = new List<string>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        int count = 0, last = 0;
        try
        {
            await using var stream = File.OpenRead(path);
            await foreach (var (line, number, _, _) in Lines.ReadAsync(stream, cancel))
            {
                if (line.IsEmpty) continue;
                var read = BatchLine.Read(line, number, out var wrong);
                if (read is not null && !names.Add(read.CustomId)) wrong = $"has the custom_id '{read.CustomId}' of another line; each needs its own";
                if (wrong is not null) errors.Add($"line {number} {wrong}");
                if (errors.Count >= ErrorsMax) break;
                (count, last) = (count + 1, number);
            }

            if (count == 0 && errors.Count == 0) errors.Add("the file has no line");
            if (errors.Count > 0) return (null, errors);
            stream.Seek(0, SeekOrigin.Begin);
            return (new BatchFile(path, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel)), count, last), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, [$"it cannot be read: {e.Message}"]);
        }
    }

    /// <summary>Its lines one by one, the empty ones left out. A line's bytes are the caller's.</summary>
    public async IAsyncEnumerable<BatchLine> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        await using var stream = File.OpenRead(Path);
        await foreach (var (bytes, number, _, _) in Lines.ReadAsync(stream, cancel))
        {
            if (bytes.IsEmpty) continue;
            yield return BatchLine.Read(bytes, number, out var wrong)
                ?? throw new IOException($"{Path} was changed while it was submitted: line {number} {wrong}");
        }
    }
}
