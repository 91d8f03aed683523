using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;

namespace Bifrost.Simulator.Billing;

/// <summary>Appends finished lines to a file from one loop; what has been appended survives the end of this process.</summary>
internal sealed class BillFile(string path) : IHostedService
{
    private const int WaitingMax = 4096;

    private readonly Channel<BillLine> _waiting = Channel.CreateBounded<BillLine>(new BoundedChannelOptions(WaitingMax) { SingleReader = true });
    private Task _writing = Task.CompletedTask;

    public ValueTask AppendAsync(BillLine line) => _waiting.Writer.WriteAsync(line);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writing = WriteAsync(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, useAsync: true));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        return _writing;
    }

    private async Task WriteAsync(FileStream file)
    {
        await using var owned = file;
        var buffer = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(buffer);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            for (var taken = 0; taken < WaitingMax && _waiting.Reader.TryRead(out var line); taken++) BillLineWriter.Write(buffer, json, line);
            await file.WriteAsync(buffer.WrittenMemory);
            buffer.ResetWrittenCount();
        }
    }
}
