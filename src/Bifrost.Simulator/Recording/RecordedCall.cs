namespace Bifrost.Simulator.Recording;

/// <summary>One call as it was received.</summary>
internal sealed record RecordedCall(
    string RequestId, string Method, string Path, KeyValuePair<string, string?[]>[] Headers, string Body, int BodyBytes);
