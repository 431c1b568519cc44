#include "vmm/backend.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "vmm/capabilities.h"
#include "vmm/kvm.h"
#include "vmm/pvm_cpuid.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

namespace mayfly::vmm {
namespace {

TEST(Capabilities, AreNamedOnceEach) {
    std::vector<int> numbers;
    for (const Capability& capability : all_capabilities()) numbers.push_back(capability.number);

    std::sort(numbers.begin(), numbers.end());

    EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
}

TEST(KvmDevice, RefusesADescriptorThatIsNotKvm) {
    auto kvm = Kvm::adopt(UniqueFd{::dup(0)});

    EXPECT_FALSE(kvm);
}

class WithKvm : public testing::Test {
protected:
    void SetUp() override {
        auto kvm = Kvm::open();
        if (!kvm) GTEST_SKIP() << kvm.error().message();
        kvm_ = std::make_unique<Kvm>(std::move(*kvm));
    }
    std::unique_ptr<Kvm> kvm_;
};

TEST_F(WithKvm, BackendIsTheSameByItsModuleAndByWhatItSupports) {
    const Cpuid supported = Cpuid::supported(*kvm_).value();

    EXPECT_EQ(detect_backend(*kvm_).value(), backend_that_supports(supported));
}

TEST_F(WithKvm, ReportsCoverEveryCapability) { EXPECT_EQ(probe_capabilities(*kvm_).size(), all_capabilities().size()); }

TEST_F(WithKvm, ControlRegistersAnnounceOnlyWhatIsSupported) {
    const Cpuid supported = Cpuid::supported(*kvm_).value();

    const ControlRegisters registers = control_registers(supported);

    const bool has_xsave = (supported.find(1)->ecx >> 26 & 1) != 0;
    EXPECT_EQ((registers.cr4 >> 18 & 1) != 0, has_xsave);
    EXPECT_EQ(registers.xcr0 != 0, has_xsave);
    EXPECT_EQ(registers.efer & 0x501, 0x501u);
}

TEST_F(WithKvm, OfferedXsaveIsInControlRegistersAndCpuid) {
    Cpuid cpuid = Cpuid::supported(*kvm_).value();
    const Backend backend = backend_that_supports(cpuid);

    cpuid.offer_xsave();

    EXPECT_EQ(control_registers(cpuid).cr4 >> 18 & 1, 1u);
    EXPECT_NE(control_registers(cpuid).xcr0, 0u);
    EXPECT_EQ(backend_that_supports(cpuid), backend);
    cpuid.restrict_to_microvm();
    EXPECT_EQ(cpuid.find(1)->ecx >> 26 & 1, 1u);
}

TEST_F(WithKvm, CpuidFitToPvmMakesAVcpuThatTakesItsControlRegisters) {
    Cpuid cpuid = Cpuid::supported(*kvm_).value();
    const bool is_pvm = backend_that_supports(cpuid) == Backend::pvm;

    fit_cpuid_to_pvm(*kvm_, cpuid);

    EXPECT_TRUE(is_pvm || !cpuid.offers_xsave());
    const auto vm = Vm::create(*kvm_);
    ASSERT_TRUE(vm) << vm.error().message();
    const auto vcpu = Vcpu::create(*kvm_, *vm, cpuid);
    ASSERT_TRUE(vcpu) << vcpu.error().message();
    EXPECT_TRUE(vcpu->takes_control_registers());
}

TEST_F(WithKvm, CpuidThatIsLeftToTheProcessorHasWhatKvmLooksAt) {
    Cpuid cpuid = Cpuid::supported(*kvm_).value();

    cpuid.leave_to_processor();
    cpuid.restrict_to_microvm();

    EXPECT_EQ(cpuid.find(1), nullptr);
    ASSERT_NE(cpuid.find(0x8000'0001), nullptr);
    EXPECT_EQ(cpuid.find(0x8000'0001)->edx >> 29 & 1, 1u);  // long mode
    EXPECT_NE(cpuid.find(0x8000'0008), nullptr);
}

// hostile: B6
TEST_F(WithKvm, RestrictedCpuidHidesVirtualisation) {
    Cpuid cpuid = Cpuid::supported(*kvm_).value();

    cpuid.restrict_to_microvm();

    EXPECT_EQ(cpuid.find(0x4000'0000), nullptr);
    EXPECT_EQ(cpuid.find(1)->ecx & (1u << 5), 0u);
    EXPECT_EQ(cpuid.find(1)->ebx >> 24, 0u);
    ASSERT_NE(cpuid.find(0), nullptr);
}

}  // namespace
}  // namespace mayfly::vmm
