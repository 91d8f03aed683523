namespace Bifrost.Keys.Limits;

/// <summary>What one call holds of one account.</summary>
/// <param name="Account">The account as the call's key knows it.</param>
/// <param name="Slice">The slice that pays.</param>
/// <param name="Tokens">Tokens held.</param>
internal readonly record struct SliceUse(AccountSlices Account, HeldSlice Slice, long Tokens);
