/* SPDX-License-Identifier: MIT */
#include "crypto/dh.h"

#include <criterion/criterion.h>
#include <string.h>

static struct vit_slab *slab;

static void open_slab(void)
{
    cr_assert_eq(vit_slab_create(&slab), VIT_OK);
}

static void close_slab(void)
{
    vit_slab_destroy(slab);
}

TestSuite(dh, .init = open_slab, .fini = close_slab);

static struct vit_dh_group group_of(unsigned bits)
{
    struct vit_dh_group group;
    cr_assert_eq(vit_dh_group_of_bits(bits, &group), VIT_OK, "%u", bits);
    return group;
}

struct pair {
    uint8_t y[VIT_AGREE_MAX_LEN], x[VIT_AGREE_MAX_LEN];
};

static struct vit_agree_key *generate(const struct vit_dh_group *group, struct pair *pair)
{
    struct vit_agree_key *key = NULL;
    cr_assert_eq(vit_dh_generate(group, &key), VIT_OK);
    cr_assert_eq(vit_dh_export_public(key, pair->y), VIT_OK);
    cr_assert_eq(vit_dh_export_private(key, pair->x), VIT_OK);
    return key;
}

static enum vit_status import_public(const struct vit_dh_group *group, const uint8_t *y)
{
    VIT_AUTO(agree_key) key = NULL;
    return vit_dh_import_public(group, VIT_DH_CHECK_ALL, y, &key);
}

static enum vit_status import_private(const struct vit_dh_group *group, const struct pair *pair)
{
    VIT_AUTO(agree_key) key = NULL;
    return vit_dh_import_private(slab, group, pair->y, pair->x, &key);
}

Test(dh, keys_agree_both_ways_at_every_published_size)
{
    const unsigned bits[] = { 512, 768, 1024, 1536, 2048, 3072, 4096 };
    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        struct vit_dh_group group = group_of(bits[i]), again;
        struct pair ours, theirs;
        VIT_AUTO(agree_key) own = generate(&group, &ours);
        VIT_AUTO(agree_key) peer = generate(&group, &theirs);
        VIT_AUTO(agree_key) public = NULL;
        VIT_AUTO(agree_key) copy = NULL;
        uint8_t a[VIT_AGREE_MAX_LEN], b[VIT_AGREE_MAX_LEN];
        cr_assert_eq(vit_dh_import_public(&group, VIT_DH_CHECK_ALL, theirs.y, &public), VIT_OK);
        cr_assert_eq(vit_dh_import_private(slab, &group, ours.y, ours.x, &copy), VIT_OK);
        cr_assert_eq(vit_agree_len(own), bits[i] / 8);
        cr_assert_eq(vit_agree(copy, public, a), VIT_OK);
        cr_assert_eq(vit_agree(peer, own, b), VIT_OK);
        cr_assert_arr_eq(a, b, group.len);
        cr_assert_eq(vit_dh_export_group(copy, &again), VIT_OK);
        cr_assert_arr_eq(again.p, group.p, group.len);
        cr_assert_arr_eq(again.g, group.g, group.len);
        cr_assert_eq(vit_agree(public, own, a), VIT_E_ARG);
    }
}

Test(dh, has_no_group_for_sizes_that_nobody_published_and_that_take_long)
{
    struct vit_dh_group group;
    cr_assert_eq(vit_dh_group_of_bits(1088, &group), VIT_E_UNSUPPORTED);
    cr_assert_eq(vit_dh_group_of_bits(4032, &group), VIT_E_UNSUPPORTED);
    cr_assert_eq(vit_dh_group_of_bits(448, &group), VIT_E_ARG);
    cr_assert_eq(vit_dh_group_of_bits(4160, &group), VIT_E_ARG);
    cr_assert_eq(vit_dh_group_of_bits(576, &group), VIT_OK);
}

Test(dh, refuses_groups_that_are_none)
{
    struct vit_dh_group good = group_of(1024), bad;
    cr_assert_eq(vit_dh_group_check(&good), VIT_OK);
    bad = good;
    bad.p[bad.len - 1] &= 0xfe;
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
    bad = good;
    bad.p[0] = 0;
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
    bad = good;
    bad.g[bad.len - 1] = 1;
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
    bad.g[bad.len - 1] = 0;
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
    bad = good;
    memcpy(bad.g, bad.p, bad.len);
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
    bad.g[bad.len - 1]--; /* p-1 */
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
    bad.g[bad.len - 1]--;
    cr_assert_eq(vit_dh_group_check(&bad), VIT_OK);
    bad = good;
    bad.len = 56;
    cr_assert_eq(vit_dh_group_check(&bad), VIT_E_REFUSED);
}

Test(dh, refuses_public_values_that_give_no_secret)
{
    const unsigned bits[] = { 512, 1024, 2048 };
    for (size_t i = 0; i < 3; i++) {
        struct vit_dh_group group = group_of(bits[i]);
        uint8_t y[VIT_AGREE_MAX_LEN] = { 0 };
        cr_assert_eq(import_public(&group, y), VIT_E_REFUSED);
        y[group.len - 1] = 1;
        cr_assert_eq(import_public(&group, y), VIT_E_REFUSED);
        memcpy(y, group.p, group.len);
        cr_assert_eq(import_public(&group, y), VIT_E_REFUSED);
        y[group.len - 1]--;
        cr_assert_eq(import_public(&group, y), VIT_E_REFUSED);
        memset(y, 0xff, group.len);
        cr_assert_eq(import_public(&group, y), VIT_E_REFUSED);
        memset(y, 0, group.len);
        y[group.len - 1] = 4; /* the square of the generator */
        cr_assert_eq(import_public(&group, y), VIT_OK);
    }
}

/* p-2 is minus the generator: of even order. */
Test(dh, refuses_values_outside_the_subgroup_of_a_group_it_knows)
{
    struct vit_dh_group group = group_of(2048);
    uint8_t y[VIT_AGREE_MAX_LEN];
    memcpy(y, group.p, group.len);
    y[group.len - 1] = (uint8_t)(y[group.len - 1] - 2);
    cr_assert_eq(import_public(&group, y), VIT_E_REFUSED);
}

Test(dh, what_was_not_checked_gives_no_secret)
{
    const unsigned bits[] = { 512, 2048 };
    for (size_t i = 0; i < 2; i++) {
        struct vit_dh_group group = group_of(bits[i]);
        struct pair pair;
        VIT_AUTO(agree_key) own = generate(&group, &pair);
        uint8_t y[3][VIT_AGREE_MAX_LEN] = { 0 };
        y[1][group.len - 1] = 1;
        memcpy(y[2], group.p, group.len);
        y[2][group.len - 1]--;
        for (unsigned j = 0; j < 3; j++) {
            VIT_AUTO(agree_key) peer = NULL;
            uint8_t secret[VIT_AGREE_MAX_LEN] = { 7 };
            static const uint8_t zero[VIT_AGREE_MAX_LEN];
            cr_assert_eq(vit_dh_import_public(&group, VIT_DH_CHECK_LITTLE, y[j], &peer), VIT_OK);
            cr_assert_eq(vit_agree(own, peer, secret), VIT_E_REFUSED);
            cr_assert_arr_eq(secret, zero, group.len);
        }
    }
}

Test(dh, refuses_a_private_value_out_of_range_or_of_another_pair)
{
    struct vit_dh_group group = group_of(1024);
    struct pair ours, theirs, mixed;
    vit_agree_key_destroy(generate(&group, &ours));
    vit_agree_key_destroy(generate(&group, &theirs));
    cr_assert_eq(import_private(&group, &ours), VIT_OK);
    mixed = ours;
    memcpy(mixed.x, theirs.x, group.len);
    cr_assert_eq(import_private(&group, &mixed), VIT_E_REFUSED);
    mixed = ours;
    memset(mixed.x, 0, group.len);
    cr_assert_eq(import_private(&group, &mixed), VIT_E_REFUSED);
    memset(mixed.x, 0xff, group.len);
    cr_assert_eq(import_private(&group, &mixed), VIT_E_REFUSED);
}

Test(dh, keys_of_two_groups_do_not_agree)
{
    struct vit_dh_group group = group_of(512), other = group_of(512);
    struct pair pair;
    VIT_AUTO(agree_key) own = generate(&group, &pair);
    VIT_AUTO(agree_key) peer = generate(&other, &pair);
    uint8_t secret[VIT_AGREE_MAX_LEN];
    cr_assert_eq(vit_agree(own, peer, secret), VIT_E_REFUSED);
    other = group;
    other.g[other.len - 1] = 4;
    VIT_AUTO(agree_key) with_other_generator = generate(&other, &pair);
    cr_assert_eq(vit_agree(own, with_other_generator, secret), VIT_E_REFUSED);
}

Test(dh, secrets_keep_leading_zeros)
{
    struct vit_dh_group group = group_of(512);
    struct pair pair;
    VIT_AUTO(agree_key) own = generate(&group, &pair);
    unsigned found = 0;
    for (unsigned tries = 0; tries < 6000 && found == 0; tries++) {
        VIT_AUTO(agree_key) peer = generate(&group, &pair);
        uint8_t a[VIT_AGREE_MAX_LEN], b[VIT_AGREE_MAX_LEN];
        cr_assert_eq(vit_agree(own, peer, a), VIT_OK);
        if (a[0] == 0) {
            cr_assert_eq(vit_agree(peer, own, b), VIT_OK);
            cr_assert_arr_eq(a, b, group.len);
            found++;
        }
    }
    cr_assert_eq(found, 1);
}
