namespace Bifrost.Chat.Errors;

/// <summary>One row of the error table of contract section 6.</summary>
/// <param name="WaitsAlways">Whether a repetition helps even when nobody says when.</param>
internal readonly record struct ErrorRow(int Status, string Type, bool WaitsAlways = false, string? Code = null);
