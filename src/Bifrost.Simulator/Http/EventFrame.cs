using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Puts JSON into server-sent events, in the form that the script asks for. One for each stream.</summary>
internal sealed class EventFrame(Framing framing) : IDisposable
{
    private readonly byte[] _lineEnd = Encoding.ASCII.GetBytes(framing.LineEnd);
    private readonly ArrayBufferWriter<byte> _data = new(512);
    private readonly ArrayBufferWriter<byte> _event = new(512);
    private Utf8JsonWriter? _json;
    private int _number;

    /// <summary>A writer for the next event's JSON, which <see cref="Take()"/> frames.</summary>
    public Utf8JsonWriter Json()
    {
        _data.ResetWrittenCount();
        if (_json is null) _json = new Utf8JsonWriter(_data, WriterOptions.Json);
        else _json.Reset();
        return _json;
    }

    public ReadOnlyMemory<byte> Take() => Take(_data.WrittenSpan);

    /// <summary>Frames ready data. The bytes are good until the next call.</summary>
    public ReadOnlyMemory<byte> Take(ReadOnlySpan<byte> data)
    {
        _event.ResetWrittenCount();
        if (_number == 0 && framing.ByteOrderMark) _event.Write("\uFEFF"u8);
        if (framing.Comments) Line(": the simulator is here"u8, _lineEnd, _lineEnd);
        if (framing.Named)
        {
            Line("event: message"u8, _lineEnd);
            Line("id: "u8, Encoding.ASCII.GetBytes(_number.ToString(CultureInfo.InvariantCulture)), _lineEnd);
        }
        if (framing.TwoLines)
        {
            // A line end is white space after the opening brace.
            Line("data: "u8, data[..1], _lineEnd);
            data = data[1..];
        }
        Line("data: "u8, data, _lineEnd, _lineEnd);
        _number++;
        return _event.WrittenMemory;
    }

    /// <summary>The end mark; empty when the script leaves it out.</summary>
    public ReadOnlyMemory<byte> Done()
    {
        _event.ResetWrittenCount();
        if (framing.Done == DoneStyle.None) return default;
        _event.Write("data: [DONE]"u8);
        if (framing.Done != DoneStyle.Bare) _event.Write(_lineEnd);
        if (framing.Done == DoneStyle.Whole) _event.Write(_lineEnd);
        return _event.WrittenMemory;
    }

    public void Dispose() => _json?.Dispose();

    private void Line(ReadOnlySpan<byte> text, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third = default, ReadOnlySpan<byte> fourth = default)
    {
        _event.Write(text);
        _event.Write(second);
        _event.Write(third);
        _event.Write(fourth);
    }
}
