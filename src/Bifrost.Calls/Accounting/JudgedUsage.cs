using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Accounting;

/// <summary>What is booked of one answer.</summary>
/// <param name="Usage">Its tokens; every part is possible.</param>
/// <param name="Estimated">True when a part of it is not what the provider told.</param>
/// <param name="Faults">Why.</param>
internal readonly record struct JudgedUsage(TokenUsage Usage, bool Estimated, UsageFaults Faults);
