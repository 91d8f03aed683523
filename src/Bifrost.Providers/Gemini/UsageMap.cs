using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// The usage of an answer as it was told so far: counts are those of the whole answer, and of each the newest one holds. Thinking stands beside the
/// output there, and what tools of the provider's own read beside the prompt; in OpenAI's words they are parts of them.
/// </summary>
internal struct UsageMap
{
    private long? _prompt, _cached, _output, _thoughts, _toolPrompt, _total;
    private long _promptAudio, _cachedAudio, _promptImages, _outputAudio, _outputImages;
    private bool _hasAudioIn, _hasAudioOut;
    private Tier _tier;

    private enum Tier
    {
        Untold,
        Default,
        Flex,
        Priority,
    }

    /// <summary>Searches that the answer is billed for; 0: none.</summary>
    public long Searches { get; set; }

    /// <summary>Whether anything was told that tokens can be counted from.</summary>
    public readonly bool IsTold => _prompt is not null || _output is not null || _thoughts is not null || _total is not null;

    /// <summary>Answers whether this one told anything.</summary>
    public bool Add(ReadOnlySpan<byte> usage)
    {
        var any = false;
        var members = new JsonMembers(usage);
        while (members.Next())
        {
            if (members.IsNull) continue;
            any = true;
            if (members.Is("promptTokenCount"u8)) Take(members, ref _prompt);
            else if (members.Is("cachedContentTokenCount"u8)) Take(members, ref _cached);
            else if (members.Is("candidatesTokenCount"u8)) Take(members, ref _output);
            else if (members.Is("thoughtsTokenCount"u8)) Take(members, ref _thoughts);
            else if (members.Is("toolUsePromptTokenCount"u8)) Take(members, ref _toolPrompt);
            else if (members.Is("totalTokenCount"u8)) Take(members, ref _total);
            else if (members.Is("promptTokensDetails"u8)) _hasAudioIn |= TakeKinds(members.Value, ref _promptAudio, ref _promptImages);
            else if (members.Is("cacheTokensDetails"u8))
            {
                long images = 0;
                TakeKinds(members.Value, ref _cachedAudio, ref images);
            }
            else if (members.Is("candidatesTokensDetails"u8)) _hasAudioOut |= TakeKinds(members.Value, ref _outputAudio, ref _outputImages);
            else if (members.Is("serviceTier"u8) || members.Is("trafficType"u8)) TakeTier(members.Value);
        }

        return any;
    }

    /// <summary>The member <c>service_tier</c> with a comma before it; nothing where none was told.</summary>
    public readonly void WriteTier(ref JsonSink to)
    {
        if (_tier == Tier.Untold) return;
        to.Raw(",\"service_tier\":"u8);
        to.Raw(_tier == Tier.Flex ? "\"flex\""u8 : _tier == Tier.Priority ? "\"priority\""u8 : "\"default\""u8);
    }

    /// <summary>The member <c>usage</c> with a comma before it; nothing where none was told.</summary>
    public readonly void Write(ref JsonSink to)
    {
        if (!IsTold) return;
        var prompt = (_prompt ?? 0) + (_toolPrompt ?? 0);

        // What a total has beside its parts was written, and is told by none of them.
        var output = Math.Max((_output ?? 0) + (_thoughts ?? 0), (_total ?? 0) - prompt);
        to.Raw(",\"usage\":{\"prompt_tokens\":"u8);
        to.Number(prompt);
        to.Raw(",\"completion_tokens\":"u8);
        to.Number(output);
        to.Raw(",\"total_tokens\":"u8);
        to.Number(prompt + output);
        WritePrompt(ref to);
        WriteOutput(ref to);
        to.Byte((byte)'}');
    }

    private readonly void WritePrompt(ref JsonSink to)
    {
        if (_cached is null && !_hasAudioIn && _promptImages == 0) return;
        to.Raw(",\"prompt_tokens_details\":{\"cached_tokens\":"u8);
        to.Number(_cached ?? 0);
        if (_hasAudioIn)
        {
            // Audio that was read from a cache is billed as such.
            to.Raw(",\"audio_tokens\":"u8);
            to.Number(Math.Max(0, _promptAudio - _cachedAudio));
        }

        if (_promptImages > 0)
        {
            to.Raw(",\"image_tokens\":"u8);
            to.Number(_promptImages);
        }

        to.Byte((byte)'}');
    }

    private readonly void WriteOutput(ref JsonSink to)
    {
        if (_thoughts is null && !_hasAudioOut && _outputImages == 0 && Searches == 0) return;
        to.Raw(",\"completion_tokens_details\":{\"reasoning_tokens\":"u8);
        to.Number(_thoughts ?? 0);
        if (_hasAudioOut)
        {
            to.Raw(",\"audio_tokens\":"u8);
            to.Number(_outputAudio);
        }

        if (_outputImages > 0)
        {
            to.Raw(",\"image_tokens\":"u8);
            to.Number(_outputImages);
        }

        if (Searches > 0)
        {
            to.Raw(",\"num_search_queries\":"u8);
            to.Number(Searches);
        }

        to.Byte((byte)'}');
    }

    private void TakeTier(ReadOnlySpan<byte> word)
    {
        if (JsonText.Is(word, "flex"u8) || JsonText.Is(word, "ON_DEMAND_FLEX"u8)) _tier = Tier.Flex;
        else if (JsonText.Is(word, "priority"u8) || JsonText.Is(word, "ON_DEMAND_PRIORITY"u8)) _tier = Tier.Priority;
        else if ((JsonText.Is(word, "standard"u8) || JsonText.Is(word, "ON_DEMAND"u8)) && _tier == Tier.Untold) _tier = Tier.Default;
    }

    private static void Take(in JsonMembers member, ref long? to) => to = JsonText.Whole(member.Value) is >= 0 and { } count ? count : to;

    /// <summary>Takes the counts by kind; answers whether there is any of audio.</summary>
    private static bool TakeKinds(ReadOnlySpan<byte> details, ref long audio, ref long images)
    {
        var hasAudio = false;
        var items = new JsonItems(details);
        while (items.Next())
        {
            var kind = JsonMembers.Find(items.Value, "modality"u8);
            if (JsonText.Whole(JsonMembers.Find(items.Value, "tokenCount"u8)) is not (>= 0 and { } count)) continue;
            if (JsonText.Is(kind, "IMAGE"u8)) images = count;
            if (!JsonText.Is(kind, "AUDIO"u8)) continue;
            audio = count;
            hasAudio = true;
        }

        return hasAudio;
    }
}
