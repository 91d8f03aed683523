namespace Bifrost.Calls.Dispatch;

/// <summary>Weighted random choice. A weight of 0 is chosen only when no candidate weighs more.</summary>
public static class KeyChoice
{
    /// <param name="weights">Weights of the candidates; negative and unordered ones count as 0.</param>
    /// <param name="sample">A random number, at least 0 and below 1.</param>
    /// <returns>Index of the chosen one; -1 when there is none.</returns>
    public static int Choose(ReadOnlySpan<double> weights, double sample)
    {
        double total = 0;
        var last = weights.Length - 1;
        for (var i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] > 0)) continue;
            total += weights[i];
            last = i;
        }
        if (!(total > 0)) return Math.Min(last, (int)(sample * weights.Length));

        var left = sample * total;
        for (var i = 0; i < last; i++)
        {
            if (!(weights[i] > 0)) continue;
            left -= weights[i];
            if (left < 0) return i;
        }
        // Rounding may leave a remainder above the sum of weights: the last key with a weight takes it.
        return last;
    }
}
