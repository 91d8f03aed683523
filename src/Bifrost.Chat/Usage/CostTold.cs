using System.Buffers.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Usage;

/// <summary>
/// What a usage says of its cost, in the words of those that say it: US dollars in <c>cost</c> (OpenRouter), the sum of a <c>cost</c> with parts
/// (Perplexity), ten billionths of a dollar in <c>cost_in_usd_ticks</c> (xAI). A call by the caller's own key at a vendor (<c>is_byok</c>) costs the
/// vendor's price on top.
/// </summary>
internal struct CostTold
{
    private const decimal UsdMax = 1_000_000;
    private const decimal NanosPerUsd = 1_000_000_000;
    private const long TicksPerNano = 10;

    private decimal? _usd, _upstreamUsd;
    private bool _isByok;

    /// <summary>Null: it says nothing that can be a cost.</summary>
    public readonly long? Nanos
    {
        get
        {
            if (_usd is not { } usd) return null;
            if (_isByok) usd += _upstreamUsd ?? 0;
            return (long)Math.Round(usd * NanosPerUsd, MidpointRounding.AwayFromZero);
        }
    }

    /// <summary>Reads the value of <c>cost</c>; the reader stands on its name, and a copy of it reads.</summary>
    public void ReadCost(Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            _usd = Usd(reader) ?? _usd;
            return;
        }

        _usd = In(ref reader, "total_cost"u8) ?? _usd;
    }

    /// <summary>Reads another member about the cost, up to its end; false where it is none.</summary>
    public bool TryReadPart(ref Utf8JsonReader reader)
    {
        if (FieldName.Is(reader, "cost_in_usd_ticks"u8))
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var ticks) && ticks is >= 0 and <= (long)UsdMax * 10_000_000_000)
                _usd ??= ticks / TicksPerNano / NanosPerUsd + (ticks % TicksPerNano) / (TicksPerNano * NanosPerUsd);
            return true;
        }

        if (FieldName.Is(reader, "is_byok"u8))
        {
            reader.Read();
            _isByok = reader.TokenType == JsonTokenType.True;
            return true;
        }

        if (!FieldName.Is(reader, "cost_details"u8)) return false;
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) _upstreamUsd = In(ref reader, "upstream_inference_cost"u8);
        return true;
    }

    /// <summary>A number of the object that the reader stands at the beginning of; it ends on the object's end.</summary>
    private static decimal? In(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        decimal? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = FieldName.Is(reader, name);
            reader.Read();
            if (isIt) found = Usd(reader);
            reader.Skip();
        }

        return found;
    }

    private static decimal? Usd(in Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) return null;
        var text = reader.ValueSpan;
        return Utf8Parser.TryParse(text, out decimal usd, out var read, text.ContainsAny((byte)'e', (byte)'E') ? 'e' : 'g') && read == text.Length
            && usd is >= 0 and <= UsdMax ? usd : null;
    }
}
