namespace Bifrost.Catalog.Json;

/// <summary>What every section of one document shares.</summary>
/// <param name="Findings">Where mistakes go.</param>
/// <param name="Environment">Reads an environment variable; null when it is not set.</param>
/// <param name="EmptyMeansAll">True under <c>"version": 1</c> of a file, where an empty list of names allows everything.</param>
/// <param name="IsBody">
/// True for a request's body, false for the configuration file. A body changes what is there, its texts and lists are bounded, and it may
/// carry the names that answers show; a file may carry the names that Bifrost's own files have.
/// </param>
public sealed record ReadContext(Findings Findings, Func<string, string?> Environment, bool EmptyMeansAll = false, bool IsBody = false)
{
    /// <summary>The context of a request's body, which reads no environment.</summary>
    public static ReadContext OfBody(Findings findings) => new(findings, _ => null, IsBody: true);
}
