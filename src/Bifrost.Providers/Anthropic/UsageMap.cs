using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// The usage of an answer as it was told so far: of each count the newest one holds, and none is added up over events. What was read from a cache or
/// written to one stands beside the input there; in OpenAI's words it is a part of the prompt.
/// </summary>
internal struct UsageMap
{
    private long? _input, _output, _read, _written, _writtenLong, _thinking, _searches;
    private bool _isPriority, _isBatch, _isTierTold;

    /// <summary>Whether anything was told that tokens can be counted from.</summary>
    public readonly bool IsTold => _input is not null || _output is not null;

    public void Add(ReadOnlySpan<byte> usage)
    {
        ReadOnlySpan<byte> iterations = default;
        var members = new JsonMembers(usage);
        while (members.Next())
        {
            if (members.IsNull) continue;
            if (members.Is("input_tokens"u8)) Take(members, ref _input);
            else if (members.Is("output_tokens"u8)) Take(members, ref _output);
            else if (members.Is("cache_read_input_tokens"u8)) Take(members, ref _read);
            else if (members.Is("cache_creation_input_tokens"u8)) Take(members, ref _written);
            else if (members.Is("cache_creation"u8)) TakeInner(members.Value, "ephemeral_1h_input_tokens"u8, ref _writtenLong);
            else if (members.Is("output_tokens_details"u8)) TakeInner(members.Value, "thinking_tokens"u8, ref _thinking);
            else if (members.Is("server_tool_use"u8)) TakeInner(members.Value, "web_search_requests"u8, ref _searches);
            else if (members.Is("iterations"u8)) iterations = members.Value;
            else if (members.Is("service_tier"u8))
            {
                _isTierTold = true;
                _isPriority = JsonText.Is(members.Value, "priority"u8);
                _isBatch = JsonText.Is(members.Value, "batch"u8);
            }
        }

        AddIterations(iterations);
    }

    /// <summary>The member <c>service_tier</c> with a comma before it; nothing where none was told.</summary>
    public readonly void WriteTier(ref JsonSink to)
    {
        if (!_isTierTold) return;
        to.Raw(_isPriority ? ",\"service_tier\":\"priority\""u8 : _isBatch ? ",\"service_tier\":\"batch\""u8 : ",\"service_tier\":\"default\""u8);
    }

    /// <summary>The member <c>usage</c> with a comma before it; nothing where none was told.</summary>
    public readonly void Write(ref JsonSink to)
    {
        if (!IsTold) return;
        var prompt = (_input ?? 0) + (_read ?? 0) + (_written ?? 0);
        var completion = _output ?? 0;
        to.Raw(",\"usage\":{\"prompt_tokens\":"u8);
        to.Number(prompt);
        to.Raw(",\"completion_tokens\":"u8);
        to.Number(completion);
        to.Raw(",\"total_tokens\":"u8);
        to.Number(prompt + completion);
        if (_read is not null || _written is not null)
        {
            to.Raw(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
            to.Number(_read ?? 0);
            to.Raw(",\"cached_write_tokens\":"u8);
            to.Number(_written ?? 0);
            if (_writtenLong is { } written)
            {
                to.Raw(",\"cached_write_tokens_1h\":"u8);
                to.Number(written);
            }

            to.Byte((byte)'}');
        }

        if (_thinking is not null || _searches is not null)
        {
            to.Raw(",\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
            to.Number(_thinking ?? 0);
            if (_searches is { } searches)
            {
                to.Raw(",\"num_search_queries\":"u8);
                to.Number(searches);
            }

            to.Byte((byte)'}');
        }

        to.Byte((byte)'}');
    }

    /// <summary>
    /// Passes of one answer: where the provider made room in the context between them, the outer counts leave those passes out. Where it fell back to
    /// another model, the outer counts are right.
    /// </summary>
    private void AddIterations(ReadOnlySpan<byte> iterations)
    {
        long input = 0, output = 0;
        var any = false;
        var items = new JsonItems(iterations);
        while (items.Next())
        {
            var type = JsonMembers.Find(items.Value, "type"u8);
            if (JsonText.Is(type, "fallback_message"u8)) return;
            if (!JsonText.Is(type, "message"u8) && !JsonText.Is(type, "compaction"u8)) continue;
            any = true;
            input += JsonText.Whole(JsonMembers.Find(items.Value, "input_tokens"u8)) ?? 0;
            output += JsonText.Whole(JsonMembers.Find(items.Value, "output_tokens"u8)) ?? 0;
        }

        if (any) (_input, _output) = (input, output);
    }

    private static void Take(in JsonMembers member, ref long? to) => to = JsonText.Whole(member.Value) is >= 0 and { } count ? count : to;

    private static void TakeInner(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name, ref long? to)
    {
        if (JsonText.Whole(JsonMembers.Find(value, name)) is >= 0 and { } count) to = count;
    }
}
