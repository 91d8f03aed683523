using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>What one call got of an account: a slice that holds its part, or one of three refusals.</summary>
/// <param name="Slice">The slice that pays; null when refused.</param>
/// <param name="Full">The windows that have no room; null when that was not the reason.</param>
/// <param name="Crowded">True when too many calls wait already.</param>
internal readonly record struct SliceAnswer(HeldSlice? Slice, AccountStatus? Full = null, bool Crowded = false);
