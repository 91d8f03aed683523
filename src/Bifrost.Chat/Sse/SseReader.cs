using System.Buffers;
using System.Runtime.CompilerServices;

namespace Bifrost.Chat.Sse;

/// <summary>
/// Reads server-sent events from a stream (contract section 5): line ends CR, LF or CRLF, comments, several data lines, a byte order
/// mark, a last event without its blank line. Events without data, or with blanks alone, are passed over. Lenient where no lawful stream
/// can mean something else: data lines with only one line feed between them are events of their own where joined they were no JSON
/// (<see cref="EventBounds"/>), JSON without a field name is an event (<see cref="SseEvent.IsRaw"/>), an object in a field of the name
/// <c>error</c> is a named error, and an end mark needs no field name. One read at a time; the stream stays the caller's. Failures of
/// the stream itself are thrown as they come.
/// </summary>
/// <param name="stream">The answer's body.</param>
/// <param name="eventBytesMax">Bytes of one line, and of the joined data of one event.</param>
public sealed class SseReader(Stream stream, int eventBytesMax) : IDisposable
{
    private const int BufferBytesInitial = 4_096;

    // [_dataStart, +_dataLength) is the data of the event so far; [_lineStart, _filled) is what has not been taken apart yet, of which
    // the bytes before _scanned hold no line end.
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytesInitial);
    private int _dataStart;
    private int _dataLength;
    private int _lineStart;
    private int _scanned;
    private int _filled;

    private bool _hasData;
    private bool _isNamedError;
    private bool _isRaw;

    // A name behind the data: of this event where a blank line follows, of the next one where more data does. Null: none stood there.
    private bool? _laterIsNamedError;

    // Comments or empty lines since the last read; and whether that read gave them, so that the next one goes on with its event.
    private bool _hasLifeSign;
    private bool _isWithin;

    private bool _afterCarriageReturn;
    private bool _firstLineSeen;
    private bool _ended;
    private bool _tooLarge;

    /// <summary>True for the end mark of OpenAI's streams, <c>[DONE]</c>.</summary>
    public static bool IsDone(ReadOnlySpan<byte> data) => data.Trim((byte)' ').SequenceEqual("[DONE]"u8);

    /// <summary>The next event. Its bytes are valid until the next call.</summary>
    public ValueTask<SseEvent> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_isWithin) StartEvent();
        _isWithin = false;
        return TryRead(out var read) || TryTakeLifeSign(out read) ? new(read) : ReadMoreAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _dataStart = _dataLength = _lineStart = _scanned = _filled = 0;
        _ended = true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SseEvent> ReadMoreAsync(CancellationToken cancellationToken)
    {
        SseEvent read;
        do
        {
            MakeRoom();
            var count = await stream.ReadAsync(_buffer.AsMemory(_filled), cancellationToken).ConfigureAwait(false);
            if (count == 0) _ended = true;
            _filled += count;
        }
        while (!TryRead(out read) && !TryTakeLifeSign(out read));

        return read;
    }

    private bool TryRead(out SseEvent read)
    {
        if (!_tooLarge && TryTakeEvent()) read = Current();
        else if (_tooLarge) read = new(SseEventKind.TooLarge, default, IsNamedError: false);
        else if (_ended) read = TakeRest();
        else
        {
            read = default;
            return false;
        }

        return true;
    }

    private bool TryTakeLifeSign(out SseEvent read)
    {
        read = new(SseEventKind.LifeSign, default, IsNamedError: false);
        _isWithin = _hasLifeSign;
        _hasLifeSign = false;
        return _isWithin;
    }

    private void StartEvent()
    {
        _dataLength = 0;
        _hasData = _isRaw = false;
        _isNamedError = _laterIsNamedError ?? false;
        _laterIsNamedError = null;
        if (_lineStart == _filled) _lineStart = _scanned = _filled = 0;
    }

    private ReadOnlySpan<byte> DataSoFar => _buffer.AsSpan(_dataStart, _dataLength);

    private SseEvent Current() => new(SseEventKind.Data, _buffer.AsMemory(_dataStart, _dataLength), _isNamedError) { IsRaw = _isRaw };

    /// <summary>Takes lines off the buffer until an event has ended.</summary>
    private bool TryTakeEvent()
    {
        while (TryTakeLine(out var start, out var length))
        {
            if (length == 0)
            {
                if (IsEnded()) return true;

                // An empty line within JSON that is written over several lines.
                if (_isRaw) continue;
                _hasLifeSign = true;
                _laterIsNamedError = null;
                StartEvent();
            }
            else if (_hasData && EventBounds.IsBefore(_buffer.AsSpan(start, length), DataSoFar, _isRaw))
            {
                // The line is read again, as the first one of the next event.
                (_lineStart, _scanned, _afterCarriageReturn) = (start, start, false);
                return true;
            }
            else TakeField(start, length);

            if (_tooLarge) return false;
        }

        return false;
    }

    /// <summary>Whether a blank line, or the end, ends an event that is to be given.</summary>
    private bool IsEnded()
    {
        if (!_hasData || (_isRaw && !EventBounds.MayEndJson(DataSoFar))) return false;
        _isNamedError = _laterIsNamedError ?? _isNamedError;
        _laterIsNamedError = null;
        return _isNamedError || !EventBounds.IsBlank(DataSoFar);
    }

    private bool TryTakeLine(out int start, out int length)
    {
        if (_afterCarriageReturn && _lineStart < _filled)
        {
            _afterCarriageReturn = false;
            if (_buffer[_lineStart] == (byte)'\n') _scanned = ++_lineStart;
        }

        (start, length) = (_lineStart, 0);
        var offset = _buffer.AsSpan(_scanned, _filled - _scanned).IndexOfAny((byte)'\r', (byte)'\n');
        var end = offset < 0 ? _filled : _scanned + offset;
        _scanned = end;
        length = end - start;
        if (length > eventBytesMax) _tooLarge = true;
        if (offset < 0 || _tooLarge) return false;

        _afterCarriageReturn = _buffer[end] == (byte)'\r';
        _lineStart = _scanned = end + 1;
        SkipByteOrderMark(ref start, ref length);
        return true;
    }

    private void SkipByteOrderMark(ref int start, ref int length)
    {
        if (_firstLineSeen) return;
        _firstLineSeen = true;
        if (!_buffer.AsSpan(start, length).StartsWith("\uFEFF"u8)) return;
        start += 3;
        length -= 3;
    }

    private void TakeField(int start, int length)
    {
        var line = _buffer.AsSpan(start, length);
        if (line[0] == (byte)':')
        {
            _hasLifeSign = true;
            return;
        }

        var colon = line.IndexOf((byte)':');
        var name = colon < 0 ? line : line[..colon];
        var valueStart = colon < 0 ? length : colon + 1;
        if (valueStart < length && line[valueStart] == (byte)' ') valueStart++;

        if (!_isRaw && name.SequenceEqual("data"u8)) TakeData(start + valueStart, length - valueStart);
        else if (!_isRaw && EventBounds.IsError(line)) TakeError(start + valueStart, length - valueStart);
        else if (!_hasData && IsDone(line)) TakeData(start, length);
        else if (!_isRaw && name.SequenceEqual("event"u8)) TakeName(line[valueStart..].SequenceEqual("error"u8));
        else if (_isRaw || (!_hasData && EventBounds.BeginsJson(line))) TakeRaw(start, length);
    }

    private void TakeName(bool isError)
    {
        if (_hasData) _laterIsNamedError = isError;
        else _isNamedError = isError;
    }

    private void TakeError(int start, int length)
    {
        TakeName(isError: true);
        TakeData(start, length);
    }

    private void TakeRaw(int start, int length)
    {
        _isRaw = true;
        TakeData(start, length);
    }

    /// <summary>Joins in place: the data so far is always left of the line that it is joined with, by more than the line feed needs.</summary>
    private void TakeData(int start, int length)
    {
        if (!_hasData)
        {
            (_dataStart, _dataLength, _hasData) = (start, length, true);
        }
        else
        {
            _buffer[_dataStart + _dataLength++] = (byte)'\n';
            Buffer.BlockCopy(_buffer, start, _buffer, _dataStart + _dataLength, length);
            _dataLength += length;
        }

        if (_dataLength > eventBytesMax) _tooLarge = true;
    }

    private SseEvent TakeRest()
    {
        if (_filled > _lineStart)
        {
            var (start, length) = (_lineStart, _filled - _lineStart);
            if (_hasData && EventBounds.IsBefore(_buffer.AsSpan(start, length), DataSoFar, _isRaw)) return Current();
            _lineStart = _scanned = _filled;
            SkipByteOrderMark(ref start, ref length);
            if (length > 0) TakeField(start, length);
            if (_tooLarge) return new(SseEventKind.TooLarge, default, IsNamedError: false);
        }

        // What is cut off within raw JSON is given as it is: it is no JSON, and so it is told.
        if (!IsEnded() && !(_isRaw && _hasData)) return new(SseEventKind.End, default, IsNamedError: false);
        _hasData = false;
        return Current();
    }

    /// <summary>Moves what is still needed to the front, and grows when less than half is free after that.</summary>
    private void MakeRoom()
    {
        if (_filled < _buffer.Length) return;
        var unread = _filled - _lineStart;
        var kept = _hasData ? _dataLength : 0;
        var target = kept + unread > _buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(_buffer.Length * 2) : _buffer;
        Buffer.BlockCopy(_buffer, _dataStart, target, 0, kept);
        // Lines without a field name are joined in place as well: the line feed needs its byte.
        var next = _hasData ? kept + 1 : kept;
        Buffer.BlockCopy(_buffer, _lineStart, target, next, unread);
        if (!ReferenceEquals(target, _buffer))
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        _scanned = next + (_scanned - _lineStart);
        (_dataStart, _lineStart, _filled) = (0, next, next + unread);
    }
}
