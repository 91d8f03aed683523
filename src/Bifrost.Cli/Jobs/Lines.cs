using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Bifrost.Cli.Jobs;

/// <summary>One line of a file.</summary>
/// <param name="Bytes">Without its end and the white space around it; the receiver's own.</param>
/// <param name="Number">Beginning at 1.</param>
/// <param name="End">Offset behind it in the file.</param>
/// <param name="IsWhole">False: the file ended without a line break.</param>
internal readonly record struct FileLine(ReadOnlyMemory<byte> Bytes, int Number, long End, bool IsWhole);

/// <summary>Reads files of any size line by line.</summary>
internal static class Lines
{
    private const int LineBytesMax = 100 << 20;

    public static async IAsyncEnumerable<FileLine> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10, leaveOpen: true));
        var (number, end) = (0, 0L);
        while (true)
        {
            var read = await reader.ReadAsync(cancel);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } at)
            {
                var line = rest.Slice(0, at);
                rest = rest.Slice(rest.GetPosition(1, at));
                end += line.Length + 1;
                yield return new FileLine(Trimmed(line, ++number), number, end, IsWhole: true);
            }

            if (read.IsCompleted && !rest.IsEmpty) yield return new FileLine(Trimmed(rest, ++number), number, end + rest.Length, IsWhole: false);
            if (rest.Length > LineBytesMax) throw new IOException($"line {number + 1} is longer than {LineBytesMax} bytes");
            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted) break;
        }

        await reader.CompleteAsync();
    }

    private static ReadOnlyMemory<byte> Trimmed(in ReadOnlySequence<byte> line, int number)
    {
        ReadOnlyMemory<byte> bytes = line.ToArray();
        if (number == 1 && bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        return bytes.Trim(" \t\r"u8);
    }
}
