using System.Buffers;
using System.IO.Pipelines;

namespace Bifrost.Simulator.Http;

/// <summary>Waits for a whole body. The server bounds its length.</summary>
internal static class BodyReader
{
    /// <returns>The body, unconsumed: the caller advances the reader when it has read it.</returns>
    public static async ValueTask<ReadOnlySequence<byte>> ReadAsync(PipeReader reader, CancellationToken gone)
    {
        while (true)
        {
            var read = await reader.ReadAsync(gone);
            if (read.IsCompleted) return read.Buffer;
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
