namespace Bifrost.Providers.Json;

/// <summary>A hash that is the same in every process, since a conversation may go on elsewhere.</summary>
internal static class Fnv1a
{
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var one in bytes) hash = (hash ^ one) * 1_099_511_628_211UL;
        return hash;
    }
}
