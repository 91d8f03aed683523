namespace Bifrost.Server.Configuration.Reading;

/// <summary>What every section of one file shares.</summary>
/// <param name="Findings">Where mistakes go.</param>
/// <param name="Environment">Reads an environment variable; null when it is not set.</param>
/// <param name="EmptyMeansAll">True under <c>"version": 1</c>, where an empty list of names allows everything.</param>
internal sealed record ReadContext(Findings Findings, Func<string, string?> Environment, bool EmptyMeansAll = false);
