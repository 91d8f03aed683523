namespace Bifrost.Chat.Usage;

/// <summary>The cost of one try in nano-dollars, part by part, each rounded half-up once; the parts add up to <see cref="TotalNanos"/>.</summary>
public readonly record struct Cost(
    long InputNanos,
    long OutputNanos,
    long ReasoningNanos,
    long CitationNanos,
    long SearchNanos,
    long RequestNanos)
{
    public long TotalNanos => InputNanos + OutputNanos + ReasoningNanos + CitationNanos + SearchNanos + RequestNanos;
}
