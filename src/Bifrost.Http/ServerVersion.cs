namespace Bifrost.Http;

/// <summary>The version of this build, as <c>/health</c> and <c>/api/cluster</c> show it.</summary>
public sealed record ServerVersion(string Text);
