using System.Net;
using System.Net.Http.Headers;
using Bifrost.Chat.Edits;

namespace Bifrost.Providers.Http;

/// <summary>The caller's body with its edits applied while it is written: no second copy.</summary>
internal sealed class EditedBody : HttpContent
{
    private const int Sending = 1;
    private const int Withheld = 2;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly ReadOnlyMemory<byte> _body;
    private readonly ImmutableArray<Edit> _edits;
    private int _state;

    // Set once, by the write that reached the connection.
    private WatchedConnection? _connection;
    private long _bytesReadBefore;
    private bool _isKept;

    public EditedBody(ReadOnlyMemory<byte> body, ImmutableArray<Edit> edits)
    {
        _body = body;
        _edits = edits.IsDefault ? [] : edits;
        Headers.ContentType = Json;
    }

    /// <summary>True once bytes may have left: from then on the try may cost money.</summary>
    public bool Started => Volatile.Read(ref _state) == Sending;

    /// <summary>
    /// True when it was written on a connection that had served another request, and no byte came back: the upstream had closed it, or was
    /// about to.
    /// </summary>
    public bool IsUnanswered => _isKept && _connection!.BytesRead == _bytesReadBefore;

    /// <summary>For the connection that it is written on. False when it knows it already.</summary>
    public bool TryMeet(WatchedConnection connection)
    {
        if (_connection is not null) return false;
        (_bytesReadBefore, _isKept) = (connection.BytesRead, connection.HasServed);
        _connection = connection;
        return true;
    }

    /// <summary>Keeps the bytes from leaving. False: they may have left already.</summary>
    public bool TryWithhold() => Interlocked.CompareExchange(ref _state, Withheld, 0) != Sending;

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        foreach (ref readonly var edit in _edits.AsSpan()) length += edit.Bytes.Length - edit.Length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Sending, 0) == Withheld)
            throw new OperationCanceledException("The caller left before anything was sent.");
        var position = 0;
        foreach (var edit in _edits)
        {
            await WriteAsync(_body[position..edit.Offset]).ConfigureAwait(false);
            await WriteAsync(edit.Bytes).ConfigureAwait(false);
            position = edit.Offset + edit.Length;
        }
        await WriteAsync(_body[position..]).ConfigureAwait(false);

        // A small body is only buffered until here.
        await FlushAsync().ConfigureAwait(false);

        ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
        {
            if (bytes.IsEmpty) return ValueTask.CompletedTask;
            var before = WatchedConnection.Writer;
            WatchedConnection.Writer = this;
            try
            {
                return stream.WriteAsync(bytes, cancellationToken);
            }
            finally
            {
                WatchedConnection.Writer = before;
            }
        }

        Task FlushAsync()
        {
            var before = WatchedConnection.Writer;
            WatchedConnection.Writer = this;
            try
            {
                return stream.FlushAsync(cancellationToken);
            }
            finally
            {
                WatchedConnection.Writer = before;
            }
        }
    }
}
