namespace Bifrost.Load;

/// <summary>Percentiles by nearest rank.</summary>
internal static class Rank
{
    /// <param name="values">Sorted in place.</param>
    /// <param name="share">0.99 for the 99th percentile, 1 for the largest.</param>
    public static double Of(List<double> values, double share)
    {
        if (values.Count == 0) return 0;
        values.Sort();
        return values[Math.Clamp((int)Math.Ceiling(share * values.Count) - 1, 0, values.Count - 1)];
    }
}
