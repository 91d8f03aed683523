using System.Buffers;
using System.IO.Pipelines;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Bifrost.Http.Bodies;

/// <summary>One request body in one rented array, read once.</summary>
public sealed class RequestBody : IDisposable
{
    /// <summary>A body up to this size is taken from the room alone, not from shares: the limits of connections bound those.</summary>
    private const int FirstBytes = 64 << 10;

    private readonly BodyReader _from;
    private byte[] _bytes = [];
    private int _length;
    private bool _mayReuse;

    private int _taken;

    // Where the bytes are given back; null: not taken from a share.
    private Share? _ofKey;
    private Share? _ofAddress;

    private RequestBody(BodyReader from) => _from = from;

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    internal static async ValueTask<(RequestBody? Body, GatewayError? Error)> ReadAsync(
        HttpContext context, BodyReader from, Caller caller, CancellationToken cancellationToken)
    {
        // The limit is kept here: the web server's own would cut the connection before the client has read why.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var bytesMax = from.Limits.BodyBytesMax;
        var announced = context.Request.ContentLength;
        if (announced > bytesMax) return (null, BodyErrors.TooLarge(bytesMax));
        var body = new RequestBody(from);
        var kept = false;
        try
        {
            var error = announced > FirstBytes ? from.Refuse(context, caller) : null;
            error ??= await body.FillAsync(context, caller, announced, cancellationToken);
            kept = error is null;

            // What is left of the body is of no use: it must not be read on for the connection's sake.
            if (!kept) context.Response.Headers.Connection = "close";
            else if (announced is null or > FirstBytes) UnreadBody.IsOver(context);
            return kept ? (body, null) : (null, error);
        }
        finally
        {
            if (!kept)
            {
                // Nobody has seen it.
                body.AllowReuse();
                body.Dispose();
            }
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
        GiveBack();
        if (_mayReuse) LargeArrays.Return(bytes);
        else LargeArrays.Leave(bytes.Length);
    }

    private async ValueTask<GatewayError?> FillAsync(HttpContext context, Caller caller, long? announced, CancellationToken cancellationToken)
    {
        var reader = context.Request.BodyReader;
        BodyWatch? watch = null;
        try
        {
            while (true)
            {
                var reading = reader.ReadAsync(cancellationToken);
                GatewayError? refused = null;
                if (!reading.IsCompleted && watch is null)
                {
                    // Most bodies come with their request; only one that has to be waited for is checked and watched.
                    refused = _from.Refuse(context, caller);
                    if (refused is not null) reader.CancelPendingRead();
                    watch = new BodyWatch(reader, _from.Limits, _from.Time, _length);
                }

                var read = await reading;
                var arrived = read.Buffer;
                if (read.IsCanceled && refused is null && watch is { IsLate: true }) refused = _from.Full(Limit.BodyProgress, context, caller);
                watch?.Came(arrived.Length);
                refused ??= Take(arrived, announced, context, caller);
                reader.AdvanceTo(arrived.End);
                if (refused is not null || read.IsCompleted) return refused;
            }
        }
        finally
        {
            watch?.Dispose();
        }
    }

    private GatewayError? Take(in ReadOnlySequence<byte> arrived, long? announced, HttpContext context, Caller caller)
    {
        if (_length + arrived.Length > _from.Limits.BodyBytesMax) return BodyErrors.TooLarge(_from.Limits.BodyBytesMax);
        if (!arrived.IsEmpty && MakeRoom((int)arrived.Length, announced, context, caller) is { } full) return _from.Full(full, context, caller);
        arrived.CopyTo(_bytes.AsSpan(_length));
        _length += (int)arrived.Length;
        return null;
    }

    /// <summary>Null: there is room; else the limit that is in the way.</summary>
    private Limit? MakeRoom(int more, long? announced, HttpContext context, Caller caller)
    {
        var needed = _length + more;
        if (needed <= _bytes.Length) return null;

        // A body that tells its length takes all of it at once, or is refused before it was sent.
        var wanted = Math.Max(needed, _bytes.Length == 0 ? (int)(announced ?? 0) : Grown());
        wanted = LargeArrays.Rented(wanted);
        var (ofKey, ofAddress) = (default(Share), default(Share));
        if (wanted > FirstBytes && TakeShares(wanted, context, caller, out ofKey, out ofAddress) is { } full) return full;
        if (!_from.Budget.TryTake(wanted))
        {
            ofKey?.GiveBack(wanted);
            ofAddress?.GiveBack(wanted);
            return Limit.BodyRoom;
        }

        // What is refused above was never allocated.
        var larger = LargeArrays.Rent(wanted);
        var old = _bytes;
        old.AsSpan(0, _length).CopyTo(larger);
        if (old.Length > 0)
        {
            GiveBack();
            LargeArrays.Return(old);
        }

        (_bytes, _taken, _ofKey, _ofAddress) = (larger, wanted, ofKey, ofAddress);
        return null;
    }

    private Limit? TakeShares(long bytes, HttpContext context, Caller caller, out Share? ofKey, out Share? ofAddress)
    {
        var budget = _from.Budget;
        var owner = _from.OwnerOf(context, caller);
        ofAddress = null;
        ofKey = budget.Keys.TryTake(owner.KeyId, bytes, budget.ShareBytesMax);
        if (ofKey is null) return Limit.BodyKey;
        ofAddress = budget.Addresses.TryTake(owner.Address, bytes, budget.ShareBytesMax);
        if (ofAddress is not null) return null;
        ofKey.GiveBack(bytes);
        return Limit.BodyAddress;
    }

    private void GiveBack()
    {
        _from.Budget.GiveBack(_taken);
        _ofKey?.GiveBack(_taken);
        _ofAddress?.GiveBack(_taken);
    }

    private int Grown() => (int)Math.Min(Array.MaxLength, _bytes.Length * 2L);
}
