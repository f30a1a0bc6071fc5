using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(Portal.Tests.SlowestFirst))]

namespace Portal.Tests;

/// <summary>Begins with the classes that wait for a browser, a process or a fault, so that the others have the processors meanwhile and nobody waits at the end.</summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest = ["EveryPageTests", "FrozenDatabaseTests", "DatabaseFaultsTests"];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [
            .. testCollections
                .OrderByDescending(IsLongest)
                .ThenByDescending(IsSlow)
                .ThenByDescending(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal),
        ];

    // Minutes, where the others take seconds.
    private static bool IsLongest<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection =>
        s_longest.Any(test => collection.TestCollectionDisplayName.Contains($".{test} ", StringComparison.Ordinal));

    // A class is a collection, and is named by it: "Test collection for Portal.Tests.Chat.CrashTests (id: …)".
    private static bool IsSlow<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection =>
        collection
            .TestCollectionDisplayName.Split(' ')
            .Select(word => typeof(SlowestFirst).Assembly.GetType(word))
            .OfType<Type>()
            .FirstOrDefault()
            ?.GetCustomAttributesData()
            .Any(attribute =>
                attribute.AttributeType == typeof(TraitAttribute)
                && attribute.ConstructorArguments is [{ Value: "Speed" }, { Value: "slow" }]
            ) == true;
}
