namespace Bifrost.Calls.Accounting;

/// <summary>What a whole answer shows beside the usage that its provider tells.</summary>
/// <param name="HasOutput">Whether anything says that output was written: content, an output limit that ended it, a model that thinks.</param>
/// <param name="TextBytes">Bytes of text.</param>
/// <param name="IsToldEarly">Whether content came after the last usage.</param>
internal readonly record struct AnswerShown(bool HasOutput, long TextBytes = 0, bool IsToldEarly = false);
