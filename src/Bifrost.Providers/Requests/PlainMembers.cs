using Bifrost.Providers.Json;

namespace Bifrost.Providers.Requests;

/// <summary>Members of a request that ask nothing of a provider.</summary>
internal static class PlainMembers
{
    /// <summary>Fields that the gateway has read, and hints about where a request runs.</summary>
    public static bool IsOfGateway(in JsonMembers member) =>
        member.Is("model"u8) || member.Is("stream"u8) || member.Is("stream_options"u8) || member.Is("fallbacks"u8) || member.Is("prompt_cache_key"u8);

    /// <summary>What says no more than saying nothing.</summary>
    public static bool IsHarmless(in JsonMembers member)
    {
        if (member.Is("n"u8) || member.Is("best_of"u8)) return JsonText.Whole(member.Value) == 1;
        if (member.Is("verbosity"u8)) return JsonText.Is(member.Value, "medium"u8);
        if (member.Is("modalities"u8)) return member.Value.SequenceEqual("[\"text\"]"u8);
        return !member.Is("seed"u8) && JsonText.IsNothing(member.Value);
    }
}
