namespace Bifrost.Chat.Json;

/// <summary>Where something stands in a JSON text, in bytes. <see cref="End"/> is exclusive; the default value means that it does not stand there.</summary>
internal readonly record struct JsonSpan(int Start, int End)
{
    public bool Exists => End > 0;
    public int Length => End - Start;

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> json) => json[Start..End];
}
