using System.Buffers;
using System.IO.Pipelines;
using Bifrost.Chat.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Http.Bodies;

/// <summary>One request body in one rented array, read once.</summary>
public sealed class RequestBody : IDisposable
{
    private const int FirstBytes = 64 << 10;

    private readonly BodyBudget _budget;
    private byte[] _bytes = [];
    private int _length;
    private bool _mayReuse;

    private RequestBody(BodyBudget budget) => _budget = budget;

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>
    /// Reads the body to its end. A body over <paramref name="bytesMax"/> is a 413; no room in the budget is a 503.
    /// </summary>
    public static async ValueTask<(RequestBody? Body, GatewayError? Error)> ReadAsync(
        HttpRequest request, BodyBudget budget, int bytesMax, CancellationToken cancellationToken)
    {
        // The limit is kept here: the web server's own would cut the connection before the client has read why.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        if (request.ContentLength > bytesMax) return (null, TooLarge(bytesMax));
        var body = new RequestBody(budget);
        var kept = false;
        try
        {
            var error = await body.FillAsync(request.BodyReader, request.ContentLength, bytesMax, cancellationToken);
            kept = error is null;
            return kept ? (body, null) : (null, error);
        }
        finally
        {
            if (!kept) body.Dispose();
        }
    }

    /// <summary>
    /// States that no code still reads the bytes, so that the array may serve another request. Where a call was cut off, an
    /// upload may still be under way; then the array is left to the garbage collector.
    /// </summary>
    public void AllowReuse() => _mayReuse = true;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length == 0) return;
        _budget.GiveBack(bytes.Length);
        if (_mayReuse) ArrayPool<byte>.Shared.Return(bytes);
    }

    private async ValueTask<GatewayError?> FillAsync(PipeReader reader, long? announced, int bytesMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var arrived = read.Buffer;
            var error = Take(arrived, announced, bytesMax);
            reader.AdvanceTo(arrived.End);
            if (error is not null || read.IsCompleted) return error;
        }
    }

    private GatewayError? Take(in ReadOnlySequence<byte> arrived, long? announced, int bytesMax)
    {
        if (_length + arrived.Length > bytesMax) return TooLarge(bytesMax);
        if (!arrived.IsEmpty && !TryMakeRoom((int)arrived.Length, announced)) return NoRoom();
        arrived.CopyTo(_bytes.AsSpan(_length));
        _length += (int)arrived.Length;
        return null;
    }

    private bool TryMakeRoom(int more, long? announced)
    {
        var needed = _length + more;
        if (needed <= _bytes.Length) return true;
        var wanted = _bytes.Length == 0 ? Math.Max(needed, (int)Math.Min(announced ?? 0, FirstBytes)) : Math.Max(needed, Grown());
        var larger = ArrayPool<byte>.Shared.Rent(wanted);
        if (!_budget.TryTake(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        var old = _bytes;
        old.AsSpan(0, _length).CopyTo(larger);
        _bytes = larger;
        if (old.Length == 0) return true;
        _budget.GiveBack(old.Length);
        ArrayPool<byte>.Shared.Return(old);
        return true;
    }

    private int Grown() => (int)Math.Min(Array.MaxLength, _bytes.Length * 2L);

    private static GatewayError TooLarge(int bytesMax) => new()
    {
        Status = StatusCodes.Status413PayloadTooLarge,
        Type = ErrorTypes.RequestTooLarge,
        Message = $"The request body is larger than {bytesMax} bytes (client.max_request_body_size_mb).",
    };

    private static GatewayError NoRoom() => new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.RequestDropped,
        Message = "Too many request bodies are in memory (limits.buffered_bodies_mb). Try again shortly.",
        RetryAfterMs = 1_000,
    };
}
