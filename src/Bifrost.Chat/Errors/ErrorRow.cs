namespace Bifrost.Chat.Errors;

/// <summary>One row of the error table of contract section 6.</summary>
/// <param name="WaitsAlways">Whether a repetition helps even where its time is unknown.</param>
internal readonly record struct ErrorRow(int Status, string Type, bool WaitsAlways = false, string? Code = null);
