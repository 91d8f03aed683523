using Bifrost.Calls.Limits;

namespace Bifrost.Calls.Tests.Limits;

public class LargeArraysTests
{
    /// <summary>Uploads that were given up, all at once, were still in memory when the next ones had come.</summary>
    [Fact]
    public void A_large_array_that_is_given_back_serves_the_next_one_of_its_size()
    {
        const int size = 3_456_789;
        var first = LargeArrays.Rent(size);
        Assert.Equal(size, first.Length);
        LargeArrays.Return(first);
        var other = LargeArrays.Rent(size / 2);
        Assert.NotSame(first, other);
        Assert.Equal(size / 2, other.Length);
        Assert.Same(first, LargeArrays.Rent(size - 1_000));
        Assert.NotSame(first, LargeArrays.Rent(size));
    }

    [Fact]
    public async Task Large_arrays_that_nobody_needs_any_more_are_given_up_for_collection()
    {
        var left = Left();
        await Eventually.UntilAsync(() => !left.TryGetTarget(out _));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference<byte[]> Left()
        {
            var array = LargeArrays.Rent(70 << 20);
            LargeArrays.Return(array);
            return new WeakReference<byte[]>(array);
        }
    }
}
